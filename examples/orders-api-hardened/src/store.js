"use strict";

const fs = require("node:fs");
const { Pool } = require("pg");

// Without a database host the orders live in memory, so that the service starts on a developer's machine.
function createStore(env) {
  return env.PGHOST ? postgresStore(env) : memoryStore();
}

function memoryStore() {
  const orders = [];
  return {
    kind: "memory",
    list: async () => orders,
    add: async ({ item, quantity }) => {
      const order = { id: orders.length + 1, item, quantity };
      orders.push(order);
      return order;
    },
  };
}

function postgresStore(env) {
  const password = fs.readFileSync(env.PGPASSWORD_FILE, "utf8").trim();
  // Host, user and database come from PGHOST, PGUSER and PGDATABASE.
  const pool = new Pool({ password });
  const ready = pool.query(
    "CREATE TABLE IF NOT EXISTS orders (id SERIAL PRIMARY KEY, item TEXT NOT NULL, quantity INTEGER NOT NULL)",
  );
  ready.catch((error) => console.error("the table could not be made:", error.message));
  return {
    kind: "postgres",
    list: async () => {
      await ready;
      return (await pool.query("SELECT id, item, quantity FROM orders ORDER BY id")).rows;
    },
    add: async ({ item, quantity }) => {
      await ready;
      const sql = "INSERT INTO orders (item, quantity) VALUES ($1, $2) RETURNING id, item, quantity";
      return (await pool.query(sql, [item, quantity])).rows[0];
    },
  };
}

module.exports = { createStore };
