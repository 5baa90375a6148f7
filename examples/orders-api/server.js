"use strict";

const express = require("express");
const { createStore } = require("./src/store");

const app = express();
const port = Number(process.env.PORT || 3000);
const store = createStore(process.env.DATABASE_URL);

app.use(express.json());

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
  if (typeof item !== "string" || !Number.isInteger(quantity) || quantity < 1) {
    res.status(400).json({ error: "an order has an item (text) and a quantity (whole number, at least 1)" });
    return;
  }
  try {
    res.status(201).json(await store.add({ item, quantity }));
  } catch (error) {
    next(error);
  }
});

const server = app.listen(port, () => {
  console.log(`orders-api listens on ${port}, store: ${store.kind}`);
});

process.on("SIGTERM", () => {
  server.close(() => process.exit(0));
});
