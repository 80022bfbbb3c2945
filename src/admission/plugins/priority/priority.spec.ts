import { describe, expect, it } from 'vitest';
import type { CoreV1Pod } from '../../../apis/types.gen.js';
import { admit, KnownObjects, objectOf, pod, request } from '../../testing.js';
import { Priority } from './priority.js';

const CLASSES = 'scheduling.k8s.io/priorityclasses';
const classOf = (name: string, value: number, more = {}) => objectOf({ name }, { value, ...more });
const plugin = (...classes: ReturnType<typeof classOf>[]) => {
  const objects = new KnownObjects();
  for (const one of classes) objects.put(CLASSES, one);
  return new Priority(objects);
};
const admitted = async (by: Priority, spec = {}) => {
  const object = pod(spec) as CoreV1Pod;
  await admit(by, request('/pods', object));
  const { priority, priorityClassName, preemptionPolicy } = object.spec!;
  return [priorityClassName, priority, preemptionPolicy];
};

describe('Priority', () => {
  it('gives pods the number and policy of their class, of the default class, or none', async () => {
    const high = classOf('high', 1000, { preemptionPolicy: 'Never' });
    expect(await admitted(plugin(high), { priorityClassName: 'high' })).toEqual(['high', 1000, 'Never']);
    expect(await admitted(plugin(high))).toEqual([undefined, 0, 'PreemptLowerPriority']);
    const usual = classOf('usual', 7, { globalDefault: true, preemptionPolicy: 'PreemptLowerPriority' });
    const lower = classOf('lower', 3, { globalDefault: true, preemptionPolicy: 'Never' });
    expect(await admitted(plugin(high, usual, lower))).toEqual(['lower', 3, 'Never']);
  });

  it("refuses unknown classes, and numbers and policies of the pod's own", async () => {
    const by = plugin(classOf('high', 1000, { preemptionPolicy: 'Never' }));
    await expect(admitted(by, { priorityClassName: 'x' })).rejects.toThrow('no PriorityClass with name x was found');
    await expect(admitted(by, { priorityClassName: 'high', priority: 5 })).rejects.toThrow('computed 1000 from');
    await expect(admitted(by, { priorityClassName: 'high', preemptionPolicy: 'PreemptLowerPriority' })).rejects.toThrow(
      'the string value of PreemptionPolicy (PreemptLowerPriority)',
    );
    expect(await admitted(by, { priorityClassName: 'high', priority: 1000 })).toEqual(['high', 1000, 'Never']);
  });

  it('keeps both through updates that leave them out', async () => {
    const object = pod() as CoreV1Pod;
    const oldObject = pod({ priority: 9, preemptionPolicy: 'Never' });
    await admit(plugin(), request('/pods', object, { operation: 'UPDATE', oldObject }));
    expect(object.spec).toMatchObject({ priority: 9, preemptionPolicy: 'Never' });
  });

  it('lets one class be the default', async () => {
    const by = plugin(classOf('usual', 7, { globalDefault: true }));
    const other = classOf('other', 8, { globalDefault: true });
    await expect(admit(by, request(CLASSES, other))).rejects.toThrow(
      'PriorityClass usual is already marked as default',
    );
    const same = classOf('usual', 7, { globalDefault: true });
    await admit(by, request(CLASSES, same, { operation: 'UPDATE' }));
    await admit(by, request(CLASSES, classOf('plain', 8)));
  });
});
