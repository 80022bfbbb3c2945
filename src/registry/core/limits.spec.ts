import { describe, expect, it } from 'vitest';
import type { CoreV1LimitRange, CoreV1LimitRangeItem, CoreV1ResourceQuotaSpec } from '../../apis/types.gen.js';
import { createWith } from '../generic/testing.js';
import { limitRangePolicy } from './limit-range.policy.js';
import { resourceQuotaPolicy } from './resource-quota.policy.js';

describe('a limit range', () => {
  const create = (...limits: CoreV1LimitRangeItem[]) =>
    createWith(limitRangePolicy, { metadata: { name: 'l' }, spec: { limits } } as CoreV1LimitRange);

  it('limits containers by what is allowed, and asks for them what they are limited to', () => {
    const { object, faults } = create({ type: 'Container', max: { cpu: '2' }, min: { cpu: '1', memory: '1Gi' } });
    expect(faults).toEqual([]);
    expect((object as CoreV1LimitRange).spec?.limits?.[0]).toMatchObject({
      default: { cpu: '2' },
      defaultRequest: { cpu: '2', memory: '1Gi' },
    });
  });

  it('leaves other types alone', () => {
    const { object } = create({ type: 'Pod', max: { cpu: '2' } });
    expect((object as CoreV1LimitRange).spec?.limits?.[0]).toEqual({ type: 'Pod', max: { cpu: '2' } });
  });

  it.each<[CoreV1LimitRangeItem, string[]]>([
    [
      { type: 'Pod', min: { cpu: '2' }, max: { cpu: '4' }, maxLimitRequestRatio: { cpu: '3' } },
      ['spec.limits[0].maxLimitRequestRatio[cpu]: Invalid value: "3": ratio 3 is greater than max/min = 2.000000'],
    ],
    [
      { type: 'Container', default: { 'hugepages-2Mi': '4Mi' }, defaultRequest: { 'hugepages-2Mi': '2Mi' } },
      [
        'spec.limits[0].defaultRequest[hugepages-2Mi]: Invalid value: "2Mi": default value 4Mi must equal to defaultRequest value 2Mi in hugepages-2Mi',
      ],
    ],
  ])('is judged bound by bound', (item, faults) => {
    expect(create(item).faults).toEqual(faults);
  });
});

describe('a quota', () => {
  const faults = (spec: CoreV1ResourceQuotaSpec) =>
    createWith(resourceQuotaPolicy, { metadata: { name: 'q' }, spec }).faults;

  it.each<[string, CoreV1ResourceQuotaSpec, string[]]>([
    ['counts of anything', { hard: { 'count/things.example.com': '1', 'example.com/gpu': '2' } }, []],
    [
      'a scope and its opposite',
      { hard: { pods: '1' }, scopes: ['BestEffort', 'NotBestEffort'] },
      ['spec.scopes: Invalid value: ["BestEffort","NotBestEffort"]: conflicting scopes'],
    ],
    [
      'classes without names',
      { hard: { pods: '1' }, scopeSelector: { matchExpressions: [{ scopeName: 'PriorityClass', operator: 'In' }] } },
      [
        "spec.scopeSelector.matchExpressions.values: Required value: must be at least one value when `operator` is 'In' or 'NotIn' for scope selector",
      ],
    ],
  ])('of %s', (_what, spec, expected) => {
    expect(faults(spec)).toEqual(expected);
  });
});
