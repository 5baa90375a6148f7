'use strict';

const { Router } = require('express');

const router = Router();
const orders = [];

router.get('/', (request, response) => response.json(orders));
router.post('/', (request, response) => {
  orders.push(request.body);
  response.status(201).json(request.body);
});

module.exports = router;
