import { decodeFirst } from 'cborg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/apimachinery/meta/json.js';
import { decodeCbor, encodeCbor } from '../../src/apimachinery/runtime/cbor.js';
import { call } from '../support/http-client.js';
import { type ServerProcess, startServerProcess } from '../support/server-process.js';

const CONFIG_MAPS = '/api/v1/namespaces/default/configmaps';
const SELF_DESCRIBED = 'd9d9f7';

describe('a server with CBORServingAndStorage', () => {
  let server: ServerProcess;
  beforeAll(async () => {
    server = await startServerProcess({ flags: ['--feature-gates=CBORServingAndStorage=true'] });
  });
  afterAll(() => server.stop());

  const ask = (method: string, path: string, body?: object, contentType = 'application/cbor') =>
    call(`${server.url}${path}`, {
      method,
      headers: {
        authorization: 'Bearer admin-token',
        accept: 'application/cbor',
        ...(body && { 'content-type': contentType }),
      },
      ...(body && { body: encodeCbor(body) }),
    });

  it('takes and gives objects, lists and refusals', async () => {
    const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' }, binaryData: { x: 'AQI=' } };
    const created = await ask('POST', CONFIG_MAPS, object);
    expect([created.status, created.headers['content-type']]).toEqual([201, 'application/cbor']);
    expect(created.bytes.toString('hex')).toMatch(new RegExp(`^${SELF_DESCRIBED}.*d6420102`));
    expect(decodeCbor(created.bytes)).toMatchObject(object);
    expect(decodeCbor((await ask('GET', CONFIG_MAPS)).bytes)).toMatchObject({ kind: 'ConfigMapList' });
    const again = await ask('POST', CONFIG_MAPS, object);
    expect([again.status, (decodeCbor(again.bytes) as JsonObject).reason]).toEqual([409, 'AlreadyExists']);
  });

  it('takes configurations to apply', async () => {
    const applied = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'b' }, data: { k: 'v' } };
    const path = `${CONFIG_MAPS}/b?fieldManager=me`;
    expect((await ask('PATCH', path, applied, 'application/apply-patch+cbor')).status).toBe(201);
    expect((await ask('PATCH', path, { data: [] }, 'application/apply-patch+cbor')).status).toBe(400);
  });

  it('watches in a sequence of items', async () => {
    const { headers, bytes } = await ask('GET', `${CONFIG_MAPS}?watch=true&timeoutSeconds=1`);
    expect(headers['content-type']).toBe('application/cbor-seq');
    let [rest, count] = [bytes as Uint8Array, 0];
    for (; rest.length > 0; count++) {
      expect(Buffer.from(rest).toString('hex', 0, 3)).toBe(SELF_DESCRIBED);
      rest = decodeFirst(rest, { useMaps: true, tags: { 55799: (read) => read(), 22: (read) => read() } })[1];
    }
    expect(count).toBeGreaterThan(1);
  });

  it('tells of it in discovery and OpenAPI', async () => {
    expect(decodeCbor((await ask('GET', '/api')).bytes)).toMatchObject({ kind: 'APIVersions' });
    const document = await call(`${server.url}/openapi/v2`, { headers: { authorization: 'Bearer admin-token' } });
    expect(document.body).toContain('application/apply-patch+cbor');
  });
});
