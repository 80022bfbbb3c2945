import { expect, it } from 'vitest';
import type { KubeObject } from '../../apimachinery/meta/object.js';
import { createWith, updateWith } from '../generic/testing.js';
import { runtimeClassPolicy } from './policies.js';

const named = (more: object): KubeObject => ({ metadata: { name: 'a' }, ...more }) as unknown as KubeObject;

it('the handler of a runtime class never changes and is told last', () => {
  const overhead = { podFixed: { cpu: '-1' } };
  const faults = createWith(runtimeClassPolicy, named({ overhead })).faults;
  expect(faults.at(-1)).toBe('handler: Required value');
  expect(faults[0]).toContain('overhead.limits[cpu]: Invalid value: "-1"');
  const old = createWith(runtimeClassPolicy, named({ handler: 'a' })).object;
  expect(updateWith(runtimeClassPolicy, named({ handler: 'b' }), old).faults).toEqual([
    'handler: Invalid value: null: field is immutable',
  ]);
});

it('warns of labels of nodes that are deprecated', () => {
  const nodeSelector = { 'beta.kubernetes.io/os': 'linux' };
  expect(createWith(runtimeClassPolicy, named({ handler: 'a', scheduling: { nodeSelector } })).warnings).toEqual([
    'scheduling.nodeSelector: deprecated since v1.14; use "kubernetes.io/os" instead',
  ]);
});
