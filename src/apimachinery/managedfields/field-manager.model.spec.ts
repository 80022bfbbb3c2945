import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { StatusError } from '../errors/status-error.js';
import type { JsonObject } from '../meta/json.js';
import type { KubeObject } from '../meta/object.js';
import type { Schema } from '../schema/schema.js';
import { FieldManager, type FieldTarget } from './field-manager.js';

/**
 * A model of server-side apply over items `<place>/<key>` with a value. Places are a map, a set (whose items are their own
 * values) and a list map, whose items are owned in two parts: `list/k` that it is there, and `list/k.v` its value.
 */
type Items = Record<string, string>;
interface Step {
  manager: string;
  force: boolean;
  update: boolean;
  items: Items;
}

const text: Schema = { type: 'string' };
const list = (items: Schema, listType: 'set' | 'map'): Schema =>
  listType === 'set' ? { type: 'array', items, listType } : { type: 'array', items, listType, listMapKeys: ['k'] };
const schema: Schema = {
  type: 'object',
  properties: new Map<string, Schema>([
    [
      'metadata',
      {
        type: 'object',
        properties: new Map([
          ['name', text],
          ['uid', text],
        ]),
      },
    ],
    ['map', { type: 'object', additionalProperties: text }],
    ['set', list(text, 'set')],
    [
      'list',
      list(
        {
          type: 'object',
          properties: new Map([
            ['k', text],
            ['v', text],
          ]),
        },
        'map',
      ),
    ],
  ]),
};
const target: FieldTarget = {
  kind: { group: '', version: 'v1', kind: 'Thing' },
  schema,
  subresource: '',
  resetFields: {},
};

function objectOf(items: Items): KubeObject {
  const object: KubeObject = { apiVersion: 'v1', kind: 'Thing', metadata: { name: 't', uid: 'u' } };
  for (const id of Object.keys(items)) {
    const [place, key] = id.split('/') as [string, string];
    if (place === 'map') object.map = { ...(object.map as JsonObject), [key]: items[id]! };
    else if (place === 'set') object.set = [...((object.set as string[]) ?? []), key];
    else object.list = [...((object.list as JsonObject[]) ?? []), { k: key, v: items[id]! }];
  }
  return object;
}

/** Items with those of the list map in their two parts. */
function partsOf(items: Items): Items {
  const parts: Items = {};
  for (const id of Object.keys(items)) {
    parts[id] = id.startsWith('list/') ? '' : items[id]!;
    if (id.startsWith('list/')) parts[`${id}.v`] = items[id]!;
  }
  return parts;
}

function partsIn(object: KubeObject): Items {
  const items: Items = {};
  for (const [key, value] of Object.entries((object.map as Items) ?? {})) items[`map/${key}`] = value;
  for (const key of (object.set as string[]) ?? []) items[`set/${key}`] = '';
  for (const { k, v } of (object.list as { k: string; v?: string }[]) ?? []) {
    items[`list/${k}`] = '';
    if (v !== undefined) items[`list/${k}.v`] = v;
  }
  return items;
}

function ownedParts(object: KubeObject): Record<string, string[]> {
  const out: Record<string, string[]> = {};
  for (const entry of object.metadata.managedFields ?? []) {
    const items: string[] = [];
    for (const [place, node] of Object.entries(entry.fieldsV1 as Record<string, Record<string, JsonObject>>)) {
      for (const [element, inner] of Object.entries(node)) {
        const name = place.slice(2);
        if (element === '.') continue;
        if (name === 'map') items.push(`map/${element.slice(2)}`);
        else if (name === 'set') items.push(`set/${JSON.parse(element.slice(2))}`);
        else {
          const id = `list/${JSON.parse(element.slice(2)).k}`;
          if (inner['.'] !== undefined) items.push(id);
          if (inner['f:v'] !== undefined) items.push(`${id}.v`);
        }
      }
    }
    if (items.length > 0) out[`${entry.manager}/${entry.operation}`] = items.sort();
  }
  return out;
}

/** The model: who owns which item, and what it is worth. */
class Model {
  items: Items = {};
  readonly owners = new Map<string, Set<string>>();

  conflicts(id: string, wanted: Items): string[] {
    const clashes: string[] = [];
    for (const item of Object.keys(wanted)) {
      if (this.items[item] === wanted[item]) continue;
      for (const [owner, owned] of this.owners) if (owner !== id && owned.has(item)) clashes.push(item);
    }
    return clashes.sort();
  }

  apply(id: string, wanted: Items): void {
    const last = this.owners.get(id) ?? new Set();
    this.take(id, wanted);
    this.owners.set(id, new Set(Object.keys(wanted)));
    for (const item of last) {
      if ([...this.owners.values()].every((owned) => !owned.has(item))) this.remove(item);
    }
  }

  /** A list item goes with its value, whoever owns that. */
  private remove(item: string): void {
    for (const part of [item, `${item}.v`]) {
      delete this.items[part];
      for (const owned of this.owners.values()) owned.delete(part);
    }
  }

  update(id: string, wanted: Items): void {
    const changed = Object.keys(wanted).filter((item) => this.items[item] !== wanted[item]);
    for (const item of Object.keys(this.items)) {
      if (wanted[item] === undefined) this.remove(item);
    }
    this.take(id, wanted);
    this.owners.set(id, new Set([...(this.owners.get(id) ?? []), ...changed]));
  }

  private take(id: string, wanted: Items): void {
    for (const item of Object.keys(wanted)) {
      if (this.items[item] !== wanted[item]) {
        for (const [owner, owned] of this.owners) if (owner !== id) owned.delete(item);
      }
      this.items[item] = wanted[item]!;
    }
  }

  owned(): Record<string, string[]> {
    return Object.fromEntries([...this.owners].filter(([, o]) => o.size > 0).map(([id, o]) => [id, [...o].sort()]));
  }
}

const item = () => fc.constantFrom('map/a', 'map/b', 'map/c', 'set/x', 'set/y', 'list/k', 'list/l', 'list/m');
const itemsWith = (ids: fc.Arbitrary<string>) =>
  fc
    .dictionary(ids, fc.constantFrom('1', '2'), { maxKeys: 5 })
    .map((items) => Object.fromEntries(Object.entries(items).map(([id, v]) => [id, id.startsWith('set/') ? '' : v])));
const step = (): fc.Arbitrary<Step> =>
  fc.record({
    manager: fc.constantFrom('alice', 'bob', 'carol'),
    force: fc.boolean(),
    update: fc.boolean(),
    items: itemsWith(item()),
  });

function harness() {
  let ms = 0;
  return new FieldManager(() => (ms += 1000));
}

const withUid = (object: KubeObject): KubeObject => ({ ...object, metadata: { ...object.metadata, uid: 'u' } });

describe('server-side apply against a model', () => {
  it('owns exactly, conflicts exactly, and is idempotent', () => {
    fc.assert(
      fc.property(fc.array(step(), { minLength: 1, maxLength: 12 }), (steps) => {
        const fields = harness();
        const model = new Model();
        // Somebody has to own something, or updates are not tracked.
        model.apply('base/Apply', { 'map/z': '1' });
        let live = withUid(fields.apply(undefined, objectOf({ 'map/z': '1' }), 'base', false, target));
        for (const { manager, force, update, items } of steps) {
          const parts = partsOf(items);
          const before = JSON.stringify(live);
          if (update) {
            model.update(`${manager}/Update`, { ...parts, 'map/z': '1' });
            live = fields.update(live, objectOf({ ...items, 'map/z': '1' }), manager, target);
          } else {
            const id = `${manager}/Apply`;
            const clashes = model.conflicts(id, parts);
            try {
              const applied = fields.apply(live, objectOf(items), manager, force, target);
              expect(force || clashes.length === 0).toBe(true);
              expect(JSON.stringify(live)).toBe(before);
              model.apply(id, parts);
              live = withUid(applied);
              expect(fields.apply(live, objectOf(items), manager, false, target)).toEqual(live);
            } catch (error) {
              if (!(error instanceof StatusError)) throw error;
              expect(error.details?.causes).toHaveLength(clashes.length);
              expect(force).toBe(false);
            }
          }
          expect(partsIn(live)).toEqual(model.items);
          expect(ownedParts(live)).toEqual(model.owned());
        }
      }),
      { numRuns: 100 },
    );
  });

  it('never finds a conflict between managers of disjoint items', () => {
    const mine = (manager: string) => itemsWith(item().map((id) => `${id}-${manager}`));
    const disjoint = fc
      .constantFrom('alice', 'bob', 'carol')
      .chain((manager) => mine(manager).map((items) => ({ manager, items })));
    fc.assert(
      fc.property(fc.array(disjoint, { minLength: 1, maxLength: 12 }), (steps) => {
        const fields = harness();
        const last = new Map<string, Items>();
        let live: KubeObject | undefined;
        for (const { manager, items } of steps) {
          live = withUid(fields.apply(live, objectOf(items), manager, false, target));
          last.set(manager, items);
          expect(partsIn(live)).toEqual(partsOf(Object.assign({}, ...last.values())));
        }
      }),
    );
  });
});
