import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readTransportFile } from './transport-file.js';
import { clientOptions, findTransport, transportNameOf } from './transports.js';

const folder = mkdtempSync(join(tmpdir(), 'kubenest-transports-'));
afterAll(() => rmSync(folder, { recursive: true }));
const read = (text: string) => {
  const path = join(folder, 'transports.yaml');
  writeFileSync(path, text);
  return readTransportFile(path);
};

describe('the file of transports', () => {
  it("names transports, with options and clients of one's own, and who uses them", () => {
    const config = read(`
transports:
- { name: bus, strategy: nats, options: { user: kubenest } }
- { name: own, strategy: ./client.mjs }
apiServices: { v1.kitchen.example.com: bus }
`);
    expect(findTransport('bus', config)).toEqual({ name: 'bus', strategy: 'nats', options: { user: 'kubenest' } });
    expect(findTransport('own', config)?.strategy).toBe(join(folder, 'client.mjs'));
    expect(findTransport('tcp', config)?.strategy).toBe('tcp');
    expect(findTransport('pigeon', config)).toBeUndefined();
    const service = {
      metadata: { name: 'v1.kitchen.example.com' },
      spec: { groupPriorityMinimum: 1, versionPriority: 1 },
    };
    expect(transportNameOf(service, config)).toBe('bus');
  });

  it.each([
    ['- a', 'must be a map with transports and apiServices'],
    ['tranports: []', 'there is no tranports'],
    ['transports: {}', 'transports must be a list'],
    ['transports: [{ strategy: tcp }]', 'transports[0].name must be a text'],
    ['transports: [{ name: a }]', 'transports[0].strategy must be one of tcp, nats'],
    ['transports: [{ name: a, strategy: tcp, options: 7 }]', 'transports[0].options must be a map'],
    ['apiServices: { a: 7 }', 'apiServices: a must name a transport'],
  ])('is refused where it says %s', (text, message) => {
    expect(() => read(text)).toThrow(message);
  });

  it('tells what is missing instead of ending the process as Nest does', async () => {
    const redis = { name: 'r', strategy: 'redis', options: {} };
    await expect(clientOptions(redis, '127.0.0.1:1', undefined)).rejects.toThrow('npm install ioredis');
    const own = { name: 'own', strategy: join(folder, 'absent.mjs'), options: {} };
    await expect(clientOptions(own, '127.0.0.1:1', undefined)).rejects.toThrow('transport own: cannot load');
  });
});
