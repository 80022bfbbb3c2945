/**
 * Writes without end to the storage named by its first argument, and prints each write once it is acknowledged:
 * `<revision> <type> <key>` a line. Made to be killed.
 */
import { writeSync } from 'node:fs';
import type { Collection, StoredObject } from '../../src/storage/storage.js';
import { TypeormStorage } from '../../src/storage/typeorm/typeorm-storage.js';
import { CONFIG_MAPS, content } from '../contracts/storage/fixture.js';

const WRITERS = 16;
const KEYS_A_WRITER = 5;

async function writeForever(collection: Collection, writer: number): Promise<void> {
  const namespace = `w${writer}`;
  for (let at = 0; ; at++) {
    const name = `k${at % KEYS_A_WRITER}`;
    const key = `${namespace}/${name}`;
    const current = collection.get(key);
    const next = content(namespace, name, { data: `${at} ${'x'.repeat((at * 37) % 3_000)}` });
    let type = 'ADDED';
    let object: StoredObject;
    if (current === undefined) {
      object = await collection.create(namespace, name, next);
    } else if (at % 3 === 0) {
      type = 'DELETED';
      object = await collection.delete(key, current.revision);
    } else {
      type = 'MODIFIED';
      object = await collection.update(key, current.revision, next);
    }
    writeSync(1, `${object.revision} ${type} ${key}\n`);
  }
}

const storage = new TypeormStorage({ url: process.argv[2] ?? '', compaction: { intervalMs: 0 } });
const collection = await storage.open(CONFIG_MAPS);
for (let writer = 0; writer < WRITERS; writer++) void writeForever(collection, writer);
