import { expect, it } from 'vitest';
import type { KubeObject } from '../../apimachinery/meta/object.js';
import { createWith } from '../generic/testing.js';
import { flowcontrolPolicies } from './policies.js';

const [schemas, levels] = flowcontrolPolicies as [(typeof flowcontrolPolicies)[0], (typeof flowcontrolPolicies)[0]];
const named = (spec: object, name = 'a'): KubeObject => ({ metadata: { name }, spec }) as unknown as KubeObject;
const queue = (queuing: object) => named({ type: 'Limited', limited: { limitResponse: { type: 'Queue', queuing } } });

it('a level with queues gets their usual sizes', () => {
  const { object, faults } = createWith(levels, queue({}));
  expect(faults).toEqual([]);
  expect(object['spec']).toMatchObject({
    limited: {
      nominalConcurrencyShares: 30,
      limitResponse: { queuing: { queues: 64, handSize: 8, queueLengthLimit: 50 } },
    },
  });
});

it('hands are not dealt from more queues than the hash can tell apart', () => {
  expect(createWith(levels, queue({ queues: 128, handSize: 9 })).faults).toEqual([
    'spec.limited.limitResponse.queuing.handSize: Invalid value: 9: required entropy bits of deckSize 128 and handSize 9 should not be greater than 60',
  ]);
});

it('only the mandatory level is exempt, and its spec is fixed', () => {
  const exempt = { type: 'Exempt', exempt: { nominalConcurrencyShares: 7 } };
  expect(createWith(levels, named(exempt, 'exempt')).faults).toEqual([]);
  expect(createWith(levels, named(exempt)).faults).toEqual([
    "spec.type: Invalid value: \"Exempt\": must be 'Exempt' if and only if `name` is 'exempt'",
  ]);
});

it('rules of a flow schema name subjects of one kind and something to match', () => {
  const rules = [{ subjects: [{ kind: 'Group', group: { name: 'g' }, user: { name: 'u' } }] }];
  expect(createWith(schemas, named({ priorityLevelConfiguration: { name: 'l' }, rules })).faults).toEqual([
    "spec.rules[0].subjects[0].user: Forbidden: user is forbidden when subject kind is not 'User'",
    'spec.rules[0]: Required value: at least one of resourceRules and nonResourceRules has to be non-empty',
  ]);
});

it('what the type of a level forbids or wants comes last', () => {
  expect(createWith(levels, named({ type: 'Limited', exempt: {} })).faults).toEqual([
    'spec.exempt: Forbidden',
    'spec.limited: Required value',
  ]);
  const limited = { nominalConcurrencyShares: -1, limitResponse: { type: 'Reject', queuing: { queues: 1 } } };
  expect(createWith(levels, named({ type: 'Limited', limited })).faults).toEqual([
    'spec.limited.nominalConcurrencyShares: Invalid value: -1: must be a non-negative integer',
    'spec.limited.limitResponse.queuing: Forbidden',
  ]);
});
