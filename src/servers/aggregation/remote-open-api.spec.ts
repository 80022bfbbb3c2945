import { Readable } from 'node:stream';
import { beforeEach, describe, expect, it } from 'vitest';
import type { ApiServiceEntry, ApiServiceTable } from './api-service-table.js';
import type { Backend, BackendRequest } from './backends/backend.js';
import { RemoteOpenApiDocuments } from './remote-open-api.js';

const NAME = 'v1.hats.example.com';
const PATH = 'apis/hats.example.com/v1';

describe('RemoteOpenApiDocuments', () => {
  let asked: string[];
  let files: Record<string, unknown>;
  let entries: Map<string, ApiServiceEntry>;
  let time: number;
  let remote: RemoteOpenApiDocuments;

  function backend(): Backend {
    return {
      urlOf: (path: string) => path,
      close: async () => {},
      send: async ({ url, headers }: BackendRequest) => {
        asked.push(url);
        const text = files[url] === undefined ? undefined : JSON.stringify(files[url]);
        const etag = `"${text?.length ?? 0}"`;
        const status = text === undefined ? 404 : headers['if-none-match'] === etag ? 304 : 200;
        const body = Readable.from(status === 200 ? [Buffer.from(text!)] : []);
        return { status, headers: { etag }, body, origin: '' };
      },
    };
  }

  function register(): void {
    entries.set(NAME, {
      name: NAME,
      group: 'hats.example.com',
      version: 'v1',
      available: true,
      backend: backend(),
      service: { metadata: { name: NAME }, spec: { groupPriorityMinimum: 1, versionPriority: 1 } },
    });
  }

  beforeEach(() => {
    asked = [];
    entries = new Map();
    time = 0;
    files = {
      '/openapi/v3': { paths: { [PATH]: { serverRelativeURL: `/openapi/v3/${PATH}?hash=A` }, version: {} } },
      [`/openapi/v3/${PATH}`]: { openapi: '3.0.0' },
      '/openapi/v2': { swagger: '2.0' },
    };
    remote = new RemoteOpenApiDocuments(entries as unknown as ApiServiceTable, () => time);
    register();
  });

  it('publishes the documents of the group and version, and no others', async () => {
    await remote.refresh(NAME);
    expect([...remote.v3()].map(([path, { hash }]) => [path, hash])).toEqual([[PATH, 'A']]);
    expect(JSON.parse(String(await remote.v3().get(PATH)!.load()))).toEqual({ openapi: '3.0.0' });
    expect(remote.v2()).toEqual([{ swagger: '2.0' }]);
    expect(remote.generation).toBe(1);
  });

  it('asks again after a minute, and moves on only when something changed', async () => {
    await remote.refresh(NAME);
    asked = [];
    time = 59_000;
    await remote.refresh(NAME);
    expect(asked).toEqual([]);
    time = 60_000;
    await remote.refresh(NAME);
    expect(asked.sort()).toEqual(['/openapi/v2', '/openapi/v3']);
    expect(remote.generation).toBe(1);
    files['/openapi/v2'] = { swagger: '2.0', definitions: {} };
    time = 120_000;
    await remote.refresh(NAME);
    expect(remote.v2()).toEqual([{ swagger: '2.0', definitions: {} }]);
    expect(remote.generation).toBe(2);
  });

  it('makes up a hash where the index has none, and says 503 for a document that is gone', async () => {
    files['/openapi/v3'] = { paths: { [PATH]: {} } };
    await remote.refresh(NAME);
    const { hash, load } = remote.v3().get(PATH)!;
    expect(hash).toMatch(/^[0-9A-F]{128}$/);
    files = {};
    await expect(load()).rejects.toMatchObject({ code: 503 });
  });

  it('drops the documents of an APIService that is gone or leads elsewhere', async () => {
    await remote.refresh(NAME);
    remote.changed(NAME);
    expect(remote.v3().size).toBe(1);
    register();
    remote.changed(NAME);
    expect(remote.v3().size).toBe(0);
    expect(remote.v2()).toEqual([]);
  });
});
