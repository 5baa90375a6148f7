import type { FastifyPluginAsync } from 'fastify';

export const health: FastifyPluginAsync = async (fastify) => {
  fastify.get('/health', async () => ({ status: 'ok' }));
};
