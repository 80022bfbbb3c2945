// node scripts/run-ts.mjs examples/microservice-backend/nats.ts [HOST:PORT]
import { Transport } from '@nestjs/microservices';
import { createBackend } from 'kubenest/backend';
import { Teapots } from './teapots.js';

const servers = process.argv[2] ?? '127.0.0.1:4222';
const backend = await createBackend({
  resources: [Teapots],
  // A broker that is away for a while is waited for.
  microservice: { transport: Transport.NATS, options: { servers, maxReconnectAttempts: -1 } },
});
process.once('SIGTERM', () => void backend.close().then(() => process.exit(0)));
console.log(`teapots are served through ${servers}`);
