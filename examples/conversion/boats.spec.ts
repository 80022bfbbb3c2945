import { type ApiServer, createApiServer } from 'kubenest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Boats, BoatV1, BoatV2 } from './boats.plugin.js';

const HARBOUR = { namespace: 'default' };

describe('boats in two versions', () => {
  let server: ApiServer;
  beforeAll(async () => {
    server = await createApiServer({ plugins: [Boats] });
  });
  afterAll(() => server.close());

  it('written in the old version are read in the new one', async () => {
    const { client } = server;
    await client.for(BoatV1).create({ metadata: { name: 'a', ...HARBOUR }, spec: { length: '40 ft', captain: 'Ann' } });
    const read = await client.for(BoatV2).get('a', HARBOUR);
    expect(read).toMatchObject({ apiVersion: 'sea.example.com/v2', spec: { length: 40, unit: 'ft', crew: ['Ann'] } });
  });

  it('lose nothing on the way through the old version', async () => {
    const { client } = server;
    const spec = { length: 12, unit: 'm', crew: ['Ann', 'Bob', 'Cyn'] };
    await client.for(BoatV2).create({ metadata: { name: 'b', ...HARBOUR }, spec });
    const old = await client.for(BoatV1).get('b', HARBOUR);
    expect(old.spec).toEqual({ length: '12 m', captain: 'Ann' });
    await client.for(BoatV1).update({ ...old, spec: { ...old.spec, length: '13 m' } });
    expect((await client.for(BoatV2).get('b', HARBOUR)).spec).toEqual({ ...spec, length: 13 });
  });

  it('are refused where nobody could convert them', async () => {
    const none = server.client.for(BoatV1).create({ metadata: { name: 'c', ...HARBOUR }, spec: { length: 'long' } });
    await expect(none).rejects.toMatchObject({ code: 422 });
  });

  it('are offered in the new version first', async () => {
    const { versions } = (await server.client.read('/apis/sea.example.com')) as { versions: { version: string }[] };
    expect(versions.map(({ version }) => version)).toEqual(['v2', 'v1']);
  });

  it('are listed and watched in both', async () => {
    const { items } = await server.client.for(BoatV1).list(HARBOUR);
    expect(items.map(({ spec }) => spec.length)).toEqual(['40 ft', '13 m']);
    const stop = new AbortController();
    for await (const { object } of server.client.for(BoatV2).watch({ ...HARBOUR, signal: stop.signal })) {
      expect(object.spec.unit).toBe('ft');
      break;
    }
    stop.abort();
  });
});
