declare function require(name: string): any;
declare const process: any;

const express = require('express');
const { PrismaClient } = require('@prisma/client');

const prisma = new PrismaClient();
const app = express();

app.get('/livez', (request: any, response: any) => response.send('ok'));
app.get('/customers', async (request: any, response: any) => response.json(await prisma.customer.findMany()));

app.listen(process.env.PORT || 3000, () => console.log(process.env.LOG_LEVEL ?? 'info'));
