import { serve } from '@hono/node-server';
import { greeting } from '@shop/core';
import { Hono } from 'hono';

const app = new Hono();
app.get('/', (context) => context.text(greeting('shop')));
app.get('/livez', (context) => context.text('ok'));

declare const process: { env: Record<string, string | undefined> };

serve({ fetch: app.fetch, port: Number(process.env.PORT) || 8787 });
