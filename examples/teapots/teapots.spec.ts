import { type ApiServer, createApiServer } from 'kubenest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Teapot, Teapots } from './teapots.plugin.js';

describe('the teapots', () => {
  let server: ApiServer;
  beforeAll(async () => {
    server = await createApiServer({ plugins: [Teapots] });
  });
  afterAll(() => server.close());

  it('get defaults and a status', async () => {
    const teapots = server.client.for(Teapot);
    await teapots.create({ metadata: { name: 'betty', namespace: 'default' }, spec: { litres: 1.5 } } as Teapot);
    await expect
      .poll(() => teapots.get('betty', { namespace: 'default' }))
      .toMatchObject({ apiVersion: 'example.com/v1', spec: { litres: 1.5, glaze: 'white' }, status: { cups: 6 } });
  });

  it('are refused with too much in them', async () => {
    const big = { metadata: { name: 'big', namespace: 'default' }, spec: { litres: 11, glaze: 'pink' } };
    await expect(server.client.for(Teapot).create(big)).rejects.toThrow(
      'Teapot.example.com "big" is invalid: [spec.glaze: Unsupported value: "pink": supported values: "white", "brown", "blue", spec.litres: Invalid value: 11: spec.litres in body should be less than or equal to 10]',
    );
  });
});
