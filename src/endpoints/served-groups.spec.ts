import { describe, expect, it } from 'vitest';
import { ServedGroups } from './served-groups.js';

describe('ServedGroups', () => {
  it('leaves nothing out where no group is named', () => {
    const groups = new ServedGroups([]);
    expect([groups.all, groups.has(''), groups.hasPath('/api/v1/pods')]).toEqual([true, true, true]);
  });

  it('knows groups by the first part of their paths, the core group by its name', () => {
    const served = (names: string[], ...paths: string[]) => paths.map((path) => new ServedGroups(names).hasPath(path));
    const paths = [
      '/apis',
      '/apis/',
      '/apis/a.example.com',
      '/apis/a.example.com/v1/x',
      '/apis/apps/v1',
      '/api',
      '/api/v1/pods',
    ];
    expect(served(['a.example.com'], ...paths)).toEqual([true, true, true, true, false, false, false]);
    expect(served(['core'], ...paths)).toEqual([true, true, false, false, false, true, true]);
    expect(served(['a.example.com'], '/version', '/openapi/v3', '/', '/healthz')).toEqual([true, true, true, true]);
  });
});
