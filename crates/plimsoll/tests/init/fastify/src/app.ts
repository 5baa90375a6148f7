import Fastify, { type FastifyInstance } from 'fastify';
import { health } from './routes/health.js';

export function build(): FastifyInstance {
  const app = Fastify({ logger: true });
  app.register(health);
  app.get('/items', async () => []);
  return app;
}
