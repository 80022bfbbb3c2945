import { beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject, JsonValue } from '../meta/json.js';
import type { KubeObject, ManagedFieldsEntry } from '../meta/object.js';
import type { Schema } from '../schema/schema.js';
import { FieldManager, type FieldTarget } from './field-manager.js';

const text: Schema = { type: 'string' };
const whole: Schema = { type: 'integer' };
const texts: Schema = { type: 'object', additionalProperties: text };
const struct = (fields: Record<string, Schema>, more: Partial<Schema> = {}): Schema => ({
  type: 'object',
  properties: new Map(Object.entries(fields)),
  ...more,
});
const metadata = struct({
  name: text,
  namespace: text,
  uid: text,
  labels: texts,
  annotations: texts,
  finalizers: { type: 'array', items: text, listType: 'set' },
  managedFields: { type: 'array', items: struct({}) },
});
const port = struct({ port: whole, protocol: { type: 'string', default: 'TCP' }, name: text });
const gate = struct({ side: text, at: whole, size: whole });
const spec = struct({
  size: whole,
  tags: { type: 'array', items: text, listType: 'set' },
  args: { type: 'array', items: text },
  ports: { type: 'array', items: port, listType: 'map', listMapKeys: ['port', 'protocol'] },
  gates: { type: 'array', items: gate, listType: 'map', listMapKeys: ['side', 'at'] },
  selector: { ...texts, mapType: 'atomic' },
  labels: texts,
  free: { type: 'object', preserveUnknownFields: true },
});
const schema = struct({ apiVersion: text, kind: text, metadata, spec, status: struct({ phase: text }) });

const kind = { group: 'example.com', version: 'v1', kind: 'Gate' };
const V1 = 'example.com/v1';
const target: FieldTarget = { kind, schema, subresource: '', resetFields: { [V1]: ['status'] } };
const statusTarget: FieldTarget = { ...target, subresource: 'status', resetFields: { [V1]: ['spec', 'metadata'] } };

const T0 = Date.UTC(2026, 0, 1);
const second = (n: number) => new Date(T0 + n * 1000).toISOString().replace('.000', '');

let seconds = 0;
let fields: FieldManager;
beforeEach(() => {
  seconds = 0;
  fields = new FieldManager(() => T0 + 1000 * seconds++);
});

const config = (specification: JsonObject | undefined, meta: JsonObject = {}): KubeObject => ({
  apiVersion: V1,
  kind: 'Gate',
  metadata: { name: 'g', ...meta },
  ...(specification !== undefined && { spec: specification }),
});
const apply = (live: KubeObject | undefined, specification: JsonObject | undefined, manager: string, force = false) =>
  stored(fields.apply(live, config(specification), manager, force, target));
/** As the store leaves it: with a uid. */
const stored = (object: KubeObject): KubeObject => ({ ...object, metadata: { ...object.metadata, uid: 'u' } });
const update = (live: KubeObject, change: (object: KubeObject) => void, manager: string, at = target) => {
  const object = structuredClone(live);
  change(object);
  return fields.update(live, object, manager, at);
};
const specOf = (object: KubeObject) => object.spec as Record<string, JsonValue>;
const owned = (object: KubeObject) =>
  Object.fromEntries((object.metadata.managedFields ?? []).map((e) => [`${e.manager}/${e.operation}`, e.fieldsV1]));

describe('FieldManager.update', () => {
  it('gives everything to who creates, but no system fields', () => {
    const object = config({ size: 1, tags: ['x'], labels: {} }, { labels: { a: 'b' }, uid: 'u' });
    const created = fields.update(undefined, object, 'alice', target);
    expect(created.metadata.managedFields).toEqual([
      {
        manager: 'alice',
        operation: 'Update',
        apiVersion: V1,
        time: second(0),
        fieldsType: 'FieldsV1',
        fieldsV1: {
          'f:metadata': { 'f:labels': { '.': {}, 'f:a': {} } },
          'f:spec': { '.': {}, 'f:labels': {}, 'f:size': {}, 'f:tags': { '.': {}, 'v:"x"': {} } },
        },
      },
    ]);
    expect(object.metadata.managedFields).toBeUndefined();
  });

  it('leaves a struct to nobody where an empty object of its type has it', () => {
    const codec = { pointer: false, omitEmpty: false, goType: 'v1.GateSpec' };
    const typed = { ...target, schema: struct({ metadata, spec: { ...spec, codec } }) };
    const created = fields.update(undefined, config({ size: 1 }), 'alice', typed);
    expect(owned(created)).toEqual({ 'alice/Update': { 'f:spec': { 'f:size': {} } } });
  });

  it('moves what changed to its manager and keeps entries and times of what did not', () => {
    const live = apply(undefined, { size: 1, args: ['a'] }, 'alice');
    const changed = update(
      live,
      (o) => {
        specOf(o).size = 2;
      },
      'bob',
    );
    expect(owned(changed)).toEqual({
      'alice/Apply': { 'f:spec': { 'f:args': {} } },
      'bob/Update': { 'f:spec': { 'f:size': {} } },
    });
    expect(changed.metadata.managedFields!.map((e) => e.time)).toEqual([second(0), second(1)]);
    const again = update(changed, () => {}, 'carol');
    expect(again.metadata.managedFields).toEqual(changed.metadata.managedFields);
  });

  it('drops owners of what was removed', () => {
    const live = apply(undefined, { size: 1 }, 'alice');
    const changed = update(
      live,
      (o) => {
        delete specOf(o).size;
      },
      'bob',
    );
    expect(changed.metadata.managedFields).toBeUndefined();
  });

  it('keeps fields of the other endpoint out', () => {
    const live = apply(undefined, { size: 1 }, 'alice');
    const change = (o: KubeObject) => {
      specOf(o).size = 2;
      o.status = { phase: 'Up' };
    };
    expect(owned(update(live, change, 'bob'))['bob/Update']).toEqual({ 'f:spec': { 'f:size': {} } });
    const status = update(live, change, 'bob', statusTarget);
    expect(status.metadata.managedFields).toContainEqual(
      expect.objectContaining({
        manager: 'bob',
        subresource: 'status',
        fieldsV1: { 'f:status': { '.': {}, 'f:phase': {} } },
      }),
    );
    expect(owned(status)['alice/Apply']).toEqual({ 'f:spec': { 'f:size': {} } });
  });

  it.each<[string, JsonValue, boolean]>([
    ['null', null, true],
    ['malformed entries', [{ manager: 'x', operation: 'Nonsense', apiVersion: V1, fieldsType: 'FieldsV1' }], true],
    ['an unknown fieldsType', [{ manager: 'x', operation: 'Update', apiVersion: V1, fieldsType: 'V2' }], true],
    ['an empty list', [], false],
    ['one empty entry', [{}], false],
  ])('with %s in the request keeps what is stored: %s', (_, managedFields, kept) => {
    const live = apply(undefined, { size: 1 }, 'alice');
    const after = update(
      live,
      (o) => {
        o.metadata.managedFields = managedFields as ManagedFieldsEntry[];
      },
      'bob',
    );
    expect(after.metadata.managedFields).toEqual(kept ? live.metadata.managedFields : undefined);
  });

  it('takes well-formed managedFields of a request, but not through a subresource', () => {
    const live = apply(undefined, { size: 1 }, 'alice');
    const given = [{ ...live.metadata.managedFields![0]!, manager: 'zoe' }];
    const set = (o: KubeObject) => {
      o.metadata.managedFields = given;
    };
    expect(Object.keys(owned(update(live, set, 'bob')))).toEqual(['zoe/Apply']);
    expect(Object.keys(owned(update(live, set, 'bob', statusTarget)))).toEqual(['alice/Apply']);
  });

  it('tracks nobody again once cleared, until somebody applies', () => {
    const bare: KubeObject = { metadata: { name: 'g', uid: 'u' }, spec: { size: 1 } };
    expect(
      update(
        bare,
        (o) => {
          specOf(o).size = 2;
        },
        'bob',
      ).metadata.managedFields,
    ).toBeUndefined();
    expect(owned(apply(bare, { size: 1, args: ['a'] }, 'alice'))).toEqual({
      'alice/Apply': { 'f:spec': { 'f:args': {}, 'f:size': {} } },
      'before-first-apply/Update': { 'f:spec': { '.': {}, 'f:size': {} } },
    });
  });

  it('merges the oldest updaters when there are more than ten', () => {
    let live = apply(undefined, { size: 1 }, 'alice');
    for (let i = 0; i < 14; i++) {
      live = update(
        live,
        (o) => {
          specOf(o).labels = { ...(specOf(o).labels as JsonObject), [`l${i}`]: 'x' };
        },
        `m${i}`,
      );
    }
    const updaters = live.metadata.managedFields!.filter((e) => e.operation === 'Update');
    expect(updaters).toHaveLength(10);
    expect(updaters[0]).toMatchObject({ manager: 'ancient-changes', time: second(5) });
    const labels = (updaters[0]!.fieldsV1!['f:spec'] as JsonObject)['f:labels'] as JsonObject;
    expect(Object.keys(labels)).toEqual(['.', 'f:l0', 'f:l1', 'f:l2', 'f:l3', 'f:l4']);
  });
});

describe('FieldManager.apply', () => {
  it('owns items of sets and list maps one by one, with default keys, and atomic ones as a whole', () => {
    const created = apply(
      undefined,
      { tags: ['x'], ports: [{ port: 80 }], args: ['1'], selector: { a: 'b' }, free: { m: { n: 1 }, l: [1] } },
      'alice',
    );
    expect(owned(created)['alice/Apply']).toEqual({
      'f:spec': {
        'f:args': {},
        'f:free': { 'f:l': {}, 'f:m': { '.': {}, 'f:n': {} } },
        'f:ports': { 'k:{"port":80,"protocol":"TCP"}': { '.': {}, 'f:port': {} } },
        'f:selector': {},
        'f:tags': { 'v:"x"': {} },
      },
    });
  });

  it('tells items that leave out a key from those that have it', () => {
    const live = apply(undefined, { gates: [{ side: 'l' }, { side: 'l', at: 1 }] }, 'alice');
    expect(owned(live)['alice/Apply']).toEqual({
      'f:spec': {
        'f:gates': {
          'k:{"at":1,"side":"l"}': { '.': {}, 'f:at': {}, 'f:side': {} },
          'k:{"side":"l"}': { '.': {}, 'f:side': {} },
        },
      },
    });
    expect(specOf(apply(live, { gates: [{ side: 'l', size: 2 }] }, 'bob')).gates).toEqual([
      { side: 'l', size: 2 },
      { side: 'l', at: 1 },
    ]);
  });

  it('puts items in the order of the configuration among the live ones', () => {
    const live = apply(undefined, { ports: [{ port: 1 }, { port: 2 }, { port: 3 }] }, 'alice');
    const merged = apply(live, { ports: [{ port: 9 }, { port: 3 }, { port: 1, name: 'one' }] }, 'bob');
    expect(specOf(merged).ports).toEqual([{ port: 2 }, { port: 9 }, { port: 3 }, { port: 1, name: 'one' }]);
  });

  it('removes what its manager gives up and nobody else owns', () => {
    let live = apply(undefined, { size: 1, ports: [{ port: 1, name: 'a' }, { port: 2 }], tags: ['x', 'y'] }, 'alice');
    live = apply(live, { ports: [{ port: 1 }], tags: ['y'] }, 'bob');
    const left = apply(live, undefined, 'alice');
    expect(left.spec).toEqual({ ports: [{ port: 1 }], tags: ['y'] });
    expect(Object.keys(owned(left))).toEqual(['bob/Apply']);
    expect(apply(left, undefined, 'bob').spec).toBeUndefined();
  });

  it('leaves null where a map lost its last key and is still applied', () => {
    const live = apply(undefined, { labels: { a: '1' } }, 'alice');
    expect(apply(live, { labels: {} }, 'alice').spec).toEqual({ labels: null });
  });

  it('refuses to take fields of others and tells each', () => {
    let live = apply(undefined, { size: 1, ports: [{ port: 80, name: 'a' }] }, 'alice');
    const wanted = { size: 2, ports: [{ port: 80, name: 'b' }] };
    expect(() => apply(live, wanted, 'bob')).toThrow(
      expect.objectContaining({
        code: 409,
        reason: 'Conflict',
        message:
          'Apply failed with 2 conflicts: conflicts with "alice":\n- .spec.size\n- .spec.ports[port=80,protocol="TCP"].name',
        details: {
          causes: [
            { reason: 'FieldManagerConflict', message: 'conflict with "alice"', field: '.spec.size' },
            {
              reason: 'FieldManagerConflict',
              message: 'conflict with "alice"',
              field: '.spec.ports[port=80,protocol="TCP"].name',
            },
          ],
        },
      }),
    );
    live = apply(live, wanted, 'bob', true);
    expect(specOf(live).size).toBe(2);
    expect(owned(live)['alice/Apply']).toEqual({
      'f:spec': { 'f:ports': { 'k:{"port":80,"protocol":"TCP"}': { '.': {}, 'f:port': {} } } },
    });
    live = update(
      live,
      (o) => {
        o.status = { phase: 'Up' };
      },
      'ctl',
      statusTarget,
    );
    expect(() => fields.apply(live, { ...config({}), status: { phase: 'Down' } }, 'bob', false, statusTarget)).toThrow(
      `Apply failed with 1 conflict: conflict with "ctl" with subresource "status" using ${V1}: .status.phase`,
    );
  });

  it('shares a field of the same value and moves its time only when something changed', () => {
    const live = apply(undefined, { size: 1 }, 'alice');
    const shared = apply(live, { size: 1 }, 'bob');
    expect(shared.metadata.managedFields!.map((e) => [e.manager, e.time])).toEqual([
      ['bob', undefined],
      ['alice', second(0)],
    ]);
    expect(apply(shared, { size: 1 }, 'alice')).toEqual(shared);
  });

  it.each<[string, KubeObject, number, string]>([
    ['no kind', { metadata: { name: 'g' } }, 400, 'invalid object type: /, Kind='],
    ['another kind', { ...config({}), kind: 'Door' }, 400, 'invalid object type: example.com/v1, Kind=Door'],
    ['managedFields', config({}, { managedFields: [] }), 400, 'metadata.managedFields must be nil'],
    ['a wrong type', config({ size: 'x' }), 500, '.spec.size: expected numeric (int or float), got string'],
    [
      'a number for text',
      config({ args: [5] }),
      500,
      '.spec.args[0]: expected string, got &value.valueUnstructured{Value:5}',
    ],
    ['a list for a map', config({ labels: ['x'] }), 500, '.spec.labels: expected map, got &{[x]}'],
    ['an unknown field', config({ none: 1 }), 500, '.spec.none: field not declared in schema'],
    [
      'an item twice',
      config({ ports: [{ port: 1 }, { port: 1, protocol: 'TCP' }] }),
      500,
      '.spec.ports: duplicate entries for key [port=1,protocol="TCP"]',
    ],
    [
      'an item without its key',
      config({ gates: [{ size: 1 }] }),
      500,
      '.spec.gates: element 0: associative list with keys has an element that omits all key fields ["side" "at"] (and doesn\'t have default values for any key fields)',
    ],
  ])('refuses %s', (_, applied, code, message) => {
    const full =
      code === 500 ? `failed to create typed patch object (/g; example.com/v1, Kind=Gate): ${message}` : message;
    expect(() => fields.apply(undefined, applied, 'alice', false, target)).toThrow(
      expect.objectContaining({ code, message: full }),
    );
  });

  describe('where what is stored does not fit the schema', () => {
    const broken = config({ gates: [{ side: 'l' }, { size: 1 }] }, { uid: 'u', namespace: 'ns' });
    const fault =
      '(ns/g; example.com/v1, Kind=Gate)%s.spec.gates: element 1: associative list with keys has an element that omits all key fields ["side" "at"] (and doesn\'t have default values for any key fields)';

    it('refuses the first apply, before it looks at the configuration', () => {
      const untyped = `failed to convert new object ${fault.replace('%s', ' to smd typed: ')}`;
      expect(() => fields.apply(broken, config({ none: 1 }), 'alice', true, target)).toThrow(
        expect.objectContaining({
          code: 500,
          message: `failed to create manager for existing fields: ${untyped}`,
        }),
      );
    });

    it('refuses later ones, whatever they are about', () => {
      const owner = apply(undefined, { size: 1 }, 'alice').metadata.managedFields!;
      const live = { ...broken, metadata: { ...broken.metadata, managedFields: owner } };
      expect(() => fields.apply(live, config({ size: 2 }), 'alice', false, target)).toThrow(
        expect.objectContaining({
          code: 500,
          message: `failed to create typed live object ${fault.replace('%s', ': ')}`,
        }),
      );
    });

    it('keeps ownership as it was in updates, but takes items that stand there twice', () => {
      const live = apply(undefined, { gates: [{ side: 'l' }] }, 'alice');
      const set = (gates: JsonObject[]) => update(live, (o) => Object.assign(specOf(o), { gates }), 'bob');
      expect(set([{ size: 1 }]).metadata.managedFields).toEqual(live.metadata.managedFields);
      const twice = set([{ side: 'l' }, { side: 'l', size: 1 }]);
      expect(owned(twice)).toEqual({ 'bob/Update': { 'f:spec': { 'f:gates': { 'k:{"side":"l"}': {} } } } });
      expect(specOf(apply(twice, { size: 1 }, 'alice')).size).toBe(1);
    });
  });

  it('lets kubectl take over what client-side apply set, and keeps its annotation in step', () => {
    const annotation = 'kubectl.kubernetes.io/last-applied-configuration';
    const object = config(
      { size: 1, args: ['a'] },
      { uid: 'u', annotations: { [annotation]: JSON.stringify(config({ size: 1 })) } },
    );
    const live = fields.update(undefined, object, 'kubectl-client-side-apply', target);
    expect(() => apply(live, { size: 2 }, 'other')).toThrow('Apply failed with 1 conflict');
    expect(() => apply(live, { size: 2, args: ['b'] }, 'kubectl')).toThrow(/1 conflict: .*: \.spec\.args$/);
    const upgraded = apply(live, { size: 2 }, 'kubectl');
    expect(specOf(upgraded).size).toBe(2);
    expect(upgraded.metadata.annotations![annotation]).toBe(
      '{"apiVersion":"example.com/v1","kind":"Gate","metadata":{"name":"g"},"spec":{"size":2}}\n',
    );
    expect(live.metadata.annotations).toEqual(object.metadata.annotations);
  });

  it('collapses what was owned in parts when the schema makes it atomic', () => {
    const live = apply(undefined, { labels: { a: '1', b: '2' } }, 'alice');
    const atomic = struct({ ...Object.fromEntries(spec.properties!), labels: { ...texts, mapType: 'atomic' } });
    const now = { ...target, schema: struct({ metadata, spec: atomic }) };
    const after = fields.apply(live, config({ size: 1 }), 'bob', false, now);
    expect(owned(after)['alice/Apply']).toEqual({ 'f:spec': { 'f:labels': {} } });
  });
});

describe('several versions', () => {
  const v2schema = struct({ metadata, spec: struct({ width: whole, args: { type: 'array', items: text } }) });
  const rename = (object: KubeObject, from: string, to: string): KubeObject => {
    const out = structuredClone(object);
    out.apiVersion = to;
    const [old, now] = from === V1 ? ['size', 'width'] : ['width', 'size'];
    const inner = out.spec as JsonObject | undefined;
    if (inner?.[old!] !== undefined) {
      inner[now!] = inner[old!];
      delete inner[old!];
    }
    return out;
  };
  const schemas: Record<string, Schema> = { [V1]: schema, 'example.com/v2': v2schema };
  const versions = { schemaOf: (v: string) => schemas[v], convert: rename };
  const v1: FieldTarget = { ...target, versions };
  const v2: FieldTarget = {
    kind: { ...kind, version: 'v2' },
    schema: v2schema,
    subresource: '',
    resetFields: {},
    versions,
  };
  const config2 = (specification: JsonObject): KubeObject => ({
    ...config(specification),
    apiVersion: 'example.com/v2',
  });
  const toV2 = (object: KubeObject) => rename(object, V1, 'example.com/v2');

  it('finds conflicts and drops fields through conversion', () => {
    const live = toV2(stored(fields.apply(undefined, config({ size: 1 }), 'alice', false, v1)));
    expect(() => fields.apply(live, config2({ width: 2 }), 'bob', false, v2)).toThrow(
      'Apply failed with 1 conflict: conflict with "alice": .spec.size',
    );
    const taken = fields.apply(live, config2({ width: 2 }), 'bob', true, v2);
    expect(owned(taken)).toEqual({ 'bob/Apply': { 'f:spec': { 'f:width': {} } } });
  });

  it('lets an applier change version and removes what it gave up in the old one', () => {
    const live = toV2(stored(fields.apply(undefined, config({ size: 1, args: ['a'] }), 'alice', false, v1)));
    const moved = fields.apply(live, config2({ args: ['a'] }), 'alice', false, v2);
    expect(moved.spec).toEqual({ args: ['a'] });
    expect(moved.metadata.managedFields).toMatchObject([{ manager: 'alice', apiVersion: 'example.com/v2' }]);
  });

  it('forgets owners of a version that is gone', () => {
    const live = toV2(stored(fields.apply(undefined, config({ size: 1 }), 'alice', false, v1)));
    const only2 = { ...v2, versions: { ...versions, schemaOf: (v: string) => (v === V1 ? undefined : schemas[v]) } };
    const after = fields.apply(live, config2({ width: 2 }), 'bob', false, only2);
    expect(owned(after)).toEqual({ 'bob/Apply': { 'f:spec': { 'f:width': {} } } });
  });
});
