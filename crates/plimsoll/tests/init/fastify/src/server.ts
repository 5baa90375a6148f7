import { build } from './app.js';
import { config } from './config.js';

const app = build();
await app.listen({ port: config.port, host: config.host });

process.once('SIGTERM', () => void app.close());
