import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { GroupVersionKind } from '../../src/apimachinery/meta/group-version.js';
import { isJsonObject, type JsonObject, type JsonValue } from '../../src/apimachinery/meta/json.js';
import type { KubeObject } from '../../src/apimachinery/meta/object.js';
import { decodeBuiltin, normalizeBuiltin } from '../../src/apimachinery/schema/decode-builtin.js';
import { Catalogue } from '../../src/apis/catalogue.js';
import { convertAutoscaler } from '../../src/registry/autoscaling/autoscaler-conversion.js';
import { CORE_SHAPE, convertEvent } from '../../src/registry/events/event-conversion.js';
import { arbitraryObject } from '../support/arbitrary-objects.js';

const RUNS = 200;
const catalogue = new Catalogue();
const autoscaler = (version: string): GroupVersionKind => ({
  group: 'autoscaling',
  version,
  kind: 'HorizontalPodAutoscaler',
});
const event = (group: string): GroupVersionKind => ({ group, version: 'v1', kind: 'Event' });

/** Random objects of a kind as the server holds them. */
function objectsOf(gvk: GroupVersionKind): fc.Arbitrary<KubeObject> {
  const schema = catalogue.schemaOfKind(gvk);
  return arbitraryObject(schema).map((value) => decodeBuiltin(schema, value, []) as KubeObject);
}

/** What another version makes of an object, as that version prints it. */
function printed(gvk: GroupVersionKind, object: KubeObject): KubeObject {
  return normalizeBuiltin(catalogue.schemaOfKind(gvk), object) as KubeObject;
}

const quantity = fc.nat(10_000).map(String);
const name = fc.stringMatching(/^[a-z]{1,8}$/);
const metric = fc.record({ name }, { requiredKeys: ['name'] });
const averageValue = quantity.map((value) => ({ type: 'AverageValue', averageValue: value }));
const value = quantity.map((amount) => ({ type: 'Value', value: amount }));
const utilization = fc.nat(100).map((share) => ({ type: 'Utilization', averageUtilization: share }));
const describedObject = fc.record({ kind: name, name, apiVersion: fc.constant('apps/v1') });

/** Metrics as validation lets them through; the CPU's own is not among them, it has a place of its own in v1. */
const metrics: fc.Arbitrary<JsonObject> = fc.oneof(
  fc.record({ metric, target: averageValue }).map((pods) => ({ type: 'Pods', pods })),
  fc.record({ metric, target: fc.oneof(value, averageValue) }).map((external) => ({ type: 'External', external })),
  fc.record({ describedObject, metric, target: value }).map((object) => ({ type: 'Object', object })),
  fc
    .record({ name: fc.constant('memory'), target: fc.oneof(utilization, averageValue) })
    .map((resource) => ({ type: 'Resource', resource })),
  fc
    .record({ name: fc.constantFrom('cpu', 'memory'), container: name, target: fc.oneof(utilization, averageValue) })
    .map((containerResource) => ({ type: 'ContainerResource', containerResource })),
);
const cpu = utilization.map((target) => ({ type: 'Resource', resource: { name: 'cpu', target } }));

/** Another autoscaler with these metrics, and none measured yet. */
function withMetrics(object: KubeObject, given: readonly JsonObject[]): KubeObject {
  const { metrics: _, ...spec } = objectAt(object, 'spec');
  const { currentMetrics: __, ...status } = objectAt(object, 'status');
  return { ...object, spec: { ...spec, ...(given.length > 0 ? { metrics: [...given] } : {}) }, status };
}

function objectAt(object: KubeObject, field: string): JsonObject {
  const found: JsonValue | undefined = object[field];
  return isJsonObject(found) ? found : {};
}

describe('an object goes through another version of its kind and comes back whole:', () => {
  it('an autoscaler of v2 through v1', () => {
    // Defaults leave none without a metric, and so does the way through v1.
    const lists = fc
      .tuple(fc.array(metrics, { maxLength: 3 }), fc.array(cpu, { maxLength: 1 }))
      .filter(([others, ofCpu]) => others.length + ofCpu.length > 0);
    fc.assert(
      fc.property(objectsOf(autoscaler('v2')), lists, (random, [others, ofCpu]) => {
        const object = printed(autoscaler('v2'), withMetrics(random, [...others, ...ofCpu]));
        const there = printed(autoscaler('v1'), convertAutoscaler(structuredClone(object), 'v2', 'v1'));
        expect(printed(autoscaler('v2'), convertAutoscaler(there, 'v1', 'v2'))).toEqual(object);
      }),
      { numRuns: RUNS },
    );
  });

  it('an autoscaler of v1 through v2', () => {
    fc.assert(
      fc.property(objectsOf(autoscaler('v1')), (object) => {
        const there = printed(autoscaler('v2'), convertAutoscaler(structuredClone(object), 'v1', 'v2'));
        const back = printed(autoscaler('v1'), convertAutoscaler(there, 'v2', 'v1'));
        expect(back).toMatchObject({ spec: object['spec'], status: object['status'] });
      }),
      { numRuns: RUNS },
    );
  });

  it('a core event through events.k8s.io, and the other way', () => {
    const ways = [
      { group: '', other: 'events.k8s.io', from: CORE_SHAPE, to: 'v1' },
      { group: 'events.k8s.io', other: '', from: 'v1', to: CORE_SHAPE },
    ];
    for (const { group, other, from, to } of ways) {
      fc.assert(
        fc.property(objectsOf(event(group)), (object) => {
          const there = printed(event(other), convertEvent(structuredClone(object), from, to));
          expect(printed(event(group), convertEvent(there, to, from))).toEqual(object);
        }),
        { numRuns: RUNS },
      );
    }
  });
});
