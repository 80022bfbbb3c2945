import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ApiServer, createApiServer } from 'kubenest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findKubectl, Kubectl } from '../../test/support/kubectl.js';
import { Teapot, Teapots } from './teapots.plugin.js';

const KITCHEN = { namespace: 'default' };
const kubectlPath = findKubectl();
if (kubectlPath === undefined) process.stdout.write('teapots: no kubectl on this machine, so it is not tried\n');

function manifest(name: string, spec: object): string {
  return JSON.stringify({ apiVersion: 'example.com/v1', kind: 'Teapot', metadata: { name, ...KITCHEN }, spec });
}

describe('the teapots', () => {
  let server: ApiServer;
  const home = mkdtempSync(join(tmpdir(), 'kubenest-example-'));
  beforeAll(async () => {
    server = await createApiServer({ plugins: [Teapots] });
  });
  afterAll(async () => {
    await server.close();
    rmSync(home, { recursive: true, force: true });
  });

  it('get defaults and a status', async () => {
    const teapots = server.client.for(Teapot);
    await teapots.create({ metadata: { name: 'betty', ...KITCHEN }, spec: { litres: 1.5 } });
    await expect
      .poll(() => teapots.get('betty', KITCHEN))
      .toMatchObject({ apiVersion: 'example.com/v1', spec: { litres: 1.5, glaze: 'white' }, status: { cups: 6 } });
  });

  it('are refused with too much in them', async () => {
    const big = { metadata: { name: 'big', ...KITCHEN }, spec: { litres: 11, glaze: 'white' } };
    await expect(server.client.for(Teapot).create(big)).rejects.toThrow('should be less than or equal to 10');
  });

  it.runIf(kubectlPath !== undefined)('are used by kubectl', async () => {
    const kubectl = new Kubectl(kubectlPath!, server.kubeconfigPath, home);
    const apply = ['apply', '-f', '-'];
    expect(await kubectl.ok(apply, { input: manifest('brown', { litres: 2, glaze: 'brown' }) })).toContain('created');
    expect(await kubectl.ok(apply, { input: manifest('brown', { litres: 3, glaze: 'brown' }) })).toContain(
      'configured',
    );
    const table = () => kubectl.ok(['get', 'tp', 'brown']);
    await expect.poll(table).toMatch(/^NAME +LITRES +CUPS +AGE\nbrown +3 +12 +\d+s\n$/);
    expect(await kubectl.ok(['explain', 'teapots.spec'])).toMatch(/litres\s+<number> -required-/);
    const refused = await kubectl.run(apply, { input: manifest('pink', { litres: 1, glaze: 'pink' }) });
    expect(refused.stderr).toContain(
      'spec.glaze: Unsupported value: "pink": supported values: "white", "brown", "blue"',
    );
  });
});
