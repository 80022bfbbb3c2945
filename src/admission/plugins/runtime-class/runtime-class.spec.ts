import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CoreV1Pod, CoreV1Toleration } from '../../../apis/types.gen.js';
import { admit, KnownObjects, objectOf, pod, request } from '../../testing.js';
import { mergeTolerations } from './merge-tolerations.js';
import { RuntimeClass } from './runtime-class.js';

const kata = objectOf(
  { name: 'kata' },
  {
    handler: 'kata',
    overhead: { podFixed: { cpu: '250m' } },
    scheduling: { nodeSelector: { kata: 'true' }, tolerations: [{ key: 'kata', operator: 'Exists' }] },
  },
);
const plugin = new RuntimeClass(new KnownObjects().put('node.k8s.io/runtimeclasses', kata));
const admitted = async (spec: object) => {
  const object = pod({ ...spec }) as CoreV1Pod;
  await admit(plugin, request('/pods', object));
  return object.spec;
};

describe('RuntimeClass', () => {
  it('hands overhead, node selector and tolerations to the pod', async () => {
    expect(await admitted({ runtimeClassName: 'kata', nodeSelector: { disk: 'ssd' } })).toMatchObject({
      overhead: { cpu: '250m' },
      nodeSelector: { disk: 'ssd', kata: 'true' },
      tolerations: [{ key: 'kata', operator: 'Exists' }],
    });
  });

  it('takes an overhead that says the same in other words', async () => {
    await admitted({ runtimeClassName: 'kata', overhead: { cpu: '0.25' } });
  });

  it('refuses unknown classes, contradictions, and overhead without a class', async () => {
    await expect(admitted({ runtimeClassName: 'x' })).rejects.toThrow('pod rejected: RuntimeClass "x" not found');
    await expect(admitted({ runtimeClassName: 'kata', nodeSelector: { kata: 'no' } })).rejects.toThrow(
      'conflict: runtimeClass.scheduling.nodeSelector[kata] = true; pod.spec.nodeSelector[kata] = no',
    );
    await expect(admitted({ runtimeClassName: 'kata', overhead: { cpu: '1' } })).rejects.toThrow("doesn't match");
    await expect(admitted({ overhead: { cpu: '1' } })).rejects.toThrow('Pod Overhead set without corresponding');
  });
});

describe('mergeTolerations', () => {
  const toleration: fc.Arbitrary<CoreV1Toleration> = fc.record(
    {
      key: fc.constantFrom('a', 'b'),
      operator: fc.constantFrom('Exists', 'Equal'),
      effect: fc.constantFrom('NoSchedule', 'NoExecute'),
      tolerationSeconds: fc.constantFrom(1, 2),
    },
    { requiredKeys: [] },
  );

  it('keeps order, invents nothing, and is done after one pass', () => {
    fc.assert(
      fc.property(fc.array(toleration), fc.array(toleration), (first, second) => {
        const merged = mergeTolerations(first, second);
        const all = [...first, ...second];
        const places = merged.map((one) => all.indexOf(one));
        expect(places).toEqual([...places].sort((a, b) => a - b));
        expect(mergeTolerations(merged, [])).toEqual(merged);
        expect(merged.length > 0).toBe(all.length > 0);
      }),
    );
  });

  it('drops what a wider one covers', () => {
    const wide = { operator: 'Exists' };
    const narrow = { key: 'a', operator: 'Equal', value: 'x', effect: 'NoSchedule' };
    expect(mergeTolerations([narrow], [wide])).toEqual([wide]);
    expect(mergeTolerations([wide], [narrow])).toEqual([wide]);
  });
});
