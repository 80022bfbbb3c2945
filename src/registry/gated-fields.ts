import { isJsonObject, type JsonObject } from '../apimachinery/meta/json.js';

/** Fields behind gates, as the tree of the steps that lead to them: all are found in one walk through an object. */
export interface GatedFields {
  /** Names of fields that stand here, with their gate's number. */
  readonly gates: Map<string, number>;
  readonly below: Map<string, { readonly list: boolean; readonly fields: GatedFields }>;
}

/**
 * @param gates for each gate the dotted paths of its fields; a step that ends in `[]` is each item of a list
 */
export function gatedFields(gates: readonly (readonly string[])[]): GatedFields {
  const root = emptyFields();
  for (const [gate, paths] of gates.entries()) {
    for (const path of paths) {
      const steps = path.split('.');
      const last = steps.pop()!;
      let node = root;
      for (const step of steps) node = nodeBelow(node, step);
      node.gates.set(last, gate);
    }
  }
  return root;
}

function emptyFields(): GatedFields {
  return { gates: new Map(), below: new Map() };
}

function nodeBelow(node: GatedFields, step: string): GatedFields {
  const list = step.endsWith('[]');
  const name = list ? step.slice(0, -2) : step;
  let next = node.below.get(name);
  if (next === undefined) {
    next = { list, fields: emptyFields() };
    node.below.set(name, next);
  }
  return next.fields;
}

/**
 * Drops what is set of the fields, in place. Where the stored object uses one of a gate's fields already, all of that gate are kept.
 * @param old what is stored; undefined on create
 */
export function dropFields(object: JsonObject, old: Readonly<JsonObject> | undefined, fields: GatedFields): void {
  const given: { holder: JsonObject; name: string; gate: number }[] = [];
  visit(object, fields, (holder, name, gate) => given.push({ holder, name, gate }));
  if (given.length === 0) return;
  const used = new Set<number>();
  if (old !== undefined) visit(old, fields, (_holder, _name, gate) => used.add(gate));
  for (const { holder, name, gate } of given) if (!used.has(gate)) delete holder[name];
}

function visit(
  object: JsonObject,
  fields: GatedFields,
  found: (holder: JsonObject, name: string, gate: number) => void,
): void {
  for (const [name, gate] of fields.gates) if (object[name] !== undefined) found(object, name, gate);
  for (const [name, below] of fields.below) {
    const value = object[name];
    if (below.list) {
      if (Array.isArray(value)) for (const item of value) if (isJsonObject(item)) visit(item, below.fields, found);
    } else if (isJsonObject(value)) {
      visit(value, below.fields, found);
    }
  }
}
