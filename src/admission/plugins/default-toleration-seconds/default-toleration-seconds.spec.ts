import { describe, expect, it } from 'vitest';
import type { CoreV1Pod } from '../../../apis/types.gen.js';
import { admit, pod, request } from '../../testing.js';
import { DefaultTolerationSeconds } from './default-toleration-seconds.js';

const tolerationsOf = async (spec = {}, more = {}) => {
  const object = pod(spec);
  await admit(new DefaultTolerationSeconds(), request('/pods', object, more));
  return (object as CoreV1Pod).spec?.tolerations?.map(({ key, tolerationSeconds }) => [key, tolerationSeconds]);
};
const NOT_READY = 'node.kubernetes.io/not-ready';
const UNREACHABLE = 'node.kubernetes.io/unreachable';

describe('DefaultTolerationSeconds', () => {
  it('lets pods stay for five minutes on a node in trouble', async () => {
    expect(await tolerationsOf()).toEqual([
      [NOT_READY, 300],
      [UNREACHABLE, 300],
    ]);
  });

  it('leaves what the pod says itself, by key or for all keys, and looks at that effect only', async () => {
    const own = { key: NOT_READY, operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 5 };
    expect(await tolerationsOf({ tolerations: [own] })).toEqual([
      [NOT_READY, 5],
      [UNREACHABLE, 300],
    ]);
    expect(await tolerationsOf({ tolerations: [{ operator: 'Exists' }] })).toHaveLength(1);
    expect(await tolerationsOf({ tolerations: [{ key: NOT_READY, effect: 'NoSchedule' }] })).toHaveLength(3);
  });

  it('brings them back on update, and leaves subresources alone', async () => {
    expect(await tolerationsOf({}, { operation: 'UPDATE' })).toHaveLength(2);
    expect(await tolerationsOf({}, { operation: 'UPDATE', subresource: 'status' })).toBeUndefined();
  });
});
