'use strict';

const express = require('express');
const orders = require('./routes/orders');

const app = express();
const port = process.env.PORT || 3000;

app.use(express.json());
app.use('/orders', orders);
app.get('/healthz', (request, response) => response.json({ status: 'ok' }));

const server = app.listen(port, () => console.log(`listening on ${port}`));
process.on('SIGTERM', () => server.close());
