"use strict";

const { Pool } = require("pg");

// Without a database the orders live in memory, so that the service starts on a developer's machine.
function createStore(databaseUrl) {
  return databaseUrl ? postgresStore(databaseUrl) : memoryStore();
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

function postgresStore(connectionString) {
  const pool = new Pool({ connectionString });
  const ready = pool.query(
    "CREATE TABLE IF NOT EXISTS orders (id SERIAL PRIMARY KEY, item TEXT NOT NULL, quantity INTEGER NOT NULL)",
  );
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
