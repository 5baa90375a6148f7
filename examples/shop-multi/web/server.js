"use strict";

const http = require("node:http");

const port = Number(process.env.PORT || 8080);

const server = http.createServer((request, response) => {
  response.setHeader("content-type", "application/json");
  response.end(JSON.stringify({ shop: "open", path: request.url }));
});

server.listen(port, () => console.log(`web listens on ${port}`));
process.on("SIGTERM", () => server.close(() => process.exit(0)));
