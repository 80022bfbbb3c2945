// node scripts/run-ts.mjs examples/microservice-backend/tcp.ts [PORT]
import { Transport } from '@nestjs/microservices';
import { createBackend } from 'kubenest/backend';
import { Teapots } from './teapots.js';

const port = Number(process.argv[2] ?? 7001);
const backend = await createBackend({
  resources: [Teapots],
  microservice: { transport: Transport.TCP, options: { host: '127.0.0.1', port } },
});
process.once('SIGTERM', () => void backend.close().then(() => process.exit(0)));
console.log(`teapots are served on 127.0.0.1:${port}`);
