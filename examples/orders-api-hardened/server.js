"use strict";

const express = require("express");
const { createStore } = require("./src/store");

const app = express();
const port = Number(process.env.PORT || 3000);
const store = createStore(process.env);

app.disable("x-powered-by");
app.set("trust proxy", 1);
app.use(express.json({ limit: "16kb" }));

app.get("/health", (req, res) => {
  res.json({ status: "ok", store: store.kind });
});

app.get("/orders", async (req, res, next) => {
  try {
    res.json(await store.list());
  } catch (error) {
    next(error);
  }
});

app.post("/orders", async (req, res, next) => {
  const { item, quantity } = req.body;
  const valid = typeof item === "string" && item.length <= 200 && Number.isInteger(quantity);
  if (!valid || quantity < 1 || quantity > 1000) {
    res.status(400).json({ error: "an order has an item (text) and a quantity (1 to 1000)" });
    return;
  }
  try {
    res.status(201).json(await store.add({ item, quantity }));
  } catch (error) {
    next(error);
  }
});

app.use((error, req, res, next) => {
  if (res.headersSent) {
    next(error);
    return;
  }
  console.error(error);
  res.status(error.status ?? 500).json({ error: "the request could not be served" });
});

const server = app.listen(port, () => {
  console.log(`orders-api listens on ${port}, store: ${store.kind}`);
});

process.on("SIGTERM", () => {
  server.close(() => process.exit(0));
});
