import 'reflect-metadata';
import { setTimeout as delay } from 'node:timers/promises';
import { Transport } from '@nestjs/microservices';
import { type ApiServer, createApiServer, type KubeObject } from 'kubenest';
import { createBackend, type RunningBackend } from 'kubenest/backend';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aggregate, availability, becomesAvailable } from '../support/aggregated.js';
import { findNatsServer, type NatsServer, startNatsServer } from '../support/nats-server.js';
import { Kettles, KITCHEN, Teapots } from '../support/teapots.js';

const API = 'v1.kitchen.example.com';
/** What the broker sends to a process that has just gone is lost: requests would wait for their time-out. */
const BROKER_NOTICES_MS = 200;
const path = findNatsServer();
if (path === undefined)
  console.log(
    'no nats-server on this machine (Debian: apt-get install nats-server): backends over NATS are not tested',
  );

function kettle(name: string, more: object = {}): KubeObject {
  return { kind: 'Kettle', metadata: { name }, ...more };
}

describe.runIf(path !== undefined)('a microservice backend over NATS', () => {
  let nats: NatsServer;
  let server: ApiServer;
  let backend: RunningBackend;
  const kettles = () => server.client.resource({ apiVersion: 'kitchen.example.com/v1', resource: 'kettles' });
  const start = () =>
    createBackend({
      resources: [Teapots, Kettles],
      microservice: {
        transport: Transport.NATS,
        options: { servers: `127.0.0.1:${nats.port}`, maxReconnectAttempts: -1, reconnectTimeWait: 50 },
      },
    });

  beforeAll(async () => {
    nats = await startNatsServer(path!);
    [server, backend] = await Promise.all([createApiServer(), start()]);
    const annotations = { 'kubenest.io/microservice-transport': 'nats' };
    await aggregate(server, { ...KITCHEN, port: nats.port, annotations });
    await becomesAvailable(server, API);
  });
  afterAll(async () => {
    await server?.close();
    await backend?.close();
    await nats?.stop();
  });

  it('keeps, lists and watches objects', async () => {
    const abort = new AbortController();
    const seen: string[] = [];
    const watching = (async () => {
      for await (const { type, object } of kettles().watch({ signal: abort.signal })) {
        seen.push(`${type} ${object.metadata.name}`);
      }
    })().catch(() => {});
    await kettles().create(kettle('a'));
    await kettles().patch('a', { litres: 2 } as object);
    await kettles().delete('a');
    await expect.poll(() => seen).toEqual(['ADDED a', 'MODIFIED a', 'DELETED a']);
    abort.abort();
    await watching;
  });

  it('lists more than one message can hold', async () => {
    const note = 'x'.repeat(300_000);
    for (let i = 0; i < 6; i++) await kettles().create(kettle(`long${i}`, { note }));
    expect((await kettles().list()).items).toHaveLength(6);
  });

  it('refuses an object that no message can hold', async () => {
    const refusal = kettles().create(kettle('huge', { note: 'x'.repeat(2_000_000) }));
    await expect(refusal).rejects.toMatchObject({ code: 413, reason: 'RequestEntityTooLarge' });
  });

  it('tells when nobody listens, and when the broker is away', async () => {
    await backend.close();
    await delay(BROKER_NOTICES_MS);
    // Nobody tells of a backend that leaves its broker: a request finds out.
    await expect(kettles().get('a')).rejects.toMatchObject({ code: 503 });
    await expect
      .poll(() => availability(server, API))
      .toMatchObject({
        status: 'False',
        message: expect.stringContaining('no subscribers'),
      });
    backend = await start();
    await becomesAvailable(server, API);
    const { port } = nats;
    await nats.stop();
    await expect.poll(() => availability(server, API), { timeout: 10_000 }).toMatchObject({ status: 'False' });
    nats = await startNatsServer(path!, port);
    await becomesAvailable(server, API);
    await expect.poll(() => kettles().list(), { timeout: 5_000 }).toMatchObject({ items: [] });
  });
});
