import http from 'node:http';
import { mkdirSync } from 'node:fs';
import bcrypt from 'bcrypt';
import Database from 'better-sqlite3';

mkdirSync('data', { recursive: true });
const database = new Database('data/ledger.db');
database.exec('CREATE TABLE IF NOT EXISTS entry (id INTEGER PRIMARY KEY, hash TEXT)');

const server = http.createServer(async (request, response) => {
  if (request.url === '/health') {
    response.end('ok');
    return;
  }
  database.prepare('INSERT INTO entry (hash) VALUES (?)').run(await bcrypt.hash('x', 4));
  response.end(String(database.prepare('SELECT count(*) AS n FROM entry').get().n));
});

server.listen(Number(process.env.PORT) || 3000);
