import { describe, expect, it } from 'vitest';
import { missingRights } from './rule-cover.js';

const held = [
  { apiGroups: [''], resources: ['configmaps'], verbs: ['get', 'list'] },
  { apiGroups: [''], resources: ['pods'], verbs: ['get'], resourceNames: ['p'] },
  { apiGroups: ['*'], resources: ['*/status'], verbs: ['*'] },
  { nonResourceURLs: ['/healthz/*'], verbs: ['get'] },
];

describe('missingRights', () => {
  it('is empty where every single right is held', () => {
    expect(
      missingRights(held, [
        { apiGroups: [''], resources: ['configmaps'], verbs: ['list'] },
        { apiGroups: [''], resources: ['pods'], verbs: ['get'], resourceNames: ['p'] },
        { apiGroups: ['batch'], resources: ['jobs/status'], verbs: ['patch'] },
        { nonResourceURLs: ['/healthz/ping'], verbs: ['get'] },
      ]),
    ).toEqual([]);
  });

  it('puts the verbs of one resource together and sorts the lines', () => {
    expect(
      missingRights(held, [
        { apiGroups: ['apps'], resources: ['deployments'], verbs: ['*'] },
        { apiGroups: [''], resources: ['configmaps', 'secrets'], verbs: ['get', 'delete'] },
      ]),
    ).toEqual([
      '{APIGroups:[""], Resources:["configmaps"], Verbs:["delete"]}',
      '{APIGroups:[""], Resources:["secrets"], Verbs:["get" "delete"]}',
      '{APIGroups:["apps"], Resources:["deployments"], Verbs:["*"]}',
    ]);
  });

  it('does not take a right on one name for a right on all', () => {
    expect(missingRights(held, [{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }])).toEqual([
      '{APIGroups:[""], Resources:["pods"], Verbs:["get"]}',
    ]);
  });

  it('tells names and paths one by one', () => {
    expect(
      missingRights(held, [
        { apiGroups: [''], resources: ['pods'], verbs: ['get'], resourceNames: ['q', 'p'] },
        { nonResourceURLs: ['*'], verbs: ['get'] },
      ]),
    ).toEqual([
      '{APIGroups:[""], Resources:["pods"], ResourceNames:["q"], Verbs:["get"]}',
      '{NonResourceURLs:["*"], Verbs:["get"]}',
    ]);
  });
});
