import { expect, it } from 'vitest';
import { pathIndex } from './path-index.js';

it('lists the paths of groups and versions among those of every server, each once and in order', () => {
  const registration = { name: 'v1.apps', group: 'apps', version: 'v1', groupPriority: 1, versionPriority: 1 };
  const answer = pathIndex([registration, { ...registration, version: 'v2' }], ['/openid/v1/jwks']);
  const { paths } = JSON.parse((answer as { body: Buffer }).body.toString()) as { paths: string[] };
  expect(paths.filter((path) => path.startsWith('/apis/'))).toEqual([
    '/apis/',
    '/apis/apps',
    '/apis/apps/v1',
    '/apis/apps/v2',
  ]);
  expect(paths).toContain('/openid/v1/jwks');
  expect(paths).toEqual([...paths].sort());
});
