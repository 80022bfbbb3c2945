import { expect, it } from 'vitest';
import { admit, objectOf, request } from '../../testing.js';
import { TaintNodesByCondition } from './taint-nodes-by-condition.js';

const TAINT = { key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' };
const taintsOf = async (spec?: object) => {
  const node = objectOf({ name: 'n' }, spec === undefined ? {} : { spec: { ...spec } });
  await admit(new TaintNodesByCondition(), request('/nodes', node, { namespace: '' }));
  return (node['spec'] as { taints: unknown }).taints;
};

it('taints a new node after the taints it brings, once', async () => {
  expect(await taintsOf()).toEqual([TAINT]);
  expect(await taintsOf({ taints: [{ key: 'own', effect: 'NoExecute' }] })).toEqual([
    { key: 'own', effect: 'NoExecute' },
    TAINT,
  ]);
  expect(await taintsOf({ taints: [TAINT] })).toEqual([TAINT]);
  expect(await taintsOf({ taints: [{ ...TAINT, effect: 'NoExecute' }] })).toHaveLength(2);
});

it('leaves nodes that are there alone', () => {
  expect(new TaintNodesByCondition().handles(request('/nodes', objectOf({}), { operation: 'UPDATE' }))).toBe(false);
});
