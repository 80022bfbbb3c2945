import { isJsonObject, type JsonObject, type JsonValue } from '../../apimachinery/meta/json.js';

/** Fields behind gates, as the tree of the steps that lead to them: all are found in one walk through an object. */
export interface GatedFields {
  /** Names of fields that stand here, with their gates. */
  readonly gates: Map<string, string>;
  readonly below: Map<string, GatedFields>;
}

const EVERY = '*';

/**
 * Fields that Kubernetes 1.37 serves behind feature gates which are off by default.
 * @param gates dotted paths of the fields by gate; `*` stands for every item of a list and every value of a map
 * @see https://kubernetes.io/docs/reference/command-line-tools-reference/feature-gates/
 */
export function gatedFields(gates: Readonly<Record<string, readonly string[]>>): GatedFields {
  const root = emptyFields();
  for (const [gate, paths] of Object.entries(gates)) {
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

function nodeBelow({ below }: GatedFields, step: string): GatedFields {
  let next = below.get(step);
  if (next === undefined) {
    next = emptyFields();
    below.set(step, next);
  }
  return next;
}

/**
 * Drops what is set of the fields, in place and without a word. Where the stored object uses one of a gate's fields already, all of that
 * gate are kept.
 * @param old what is stored; undefined on create
 */
export function dropFields(object: JsonObject, old: Readonly<JsonObject> | undefined, fields: GatedFields): void {
  const given: { holder: JsonObject; name: string; gate: string }[] = [];
  visit(object, fields, (holder, name, gate) => given.push({ holder, name, gate }));
  if (given.length === 0) return;
  const used = new Set<string>();
  if (old !== undefined) visit(old, fields, (_holder, _name, gate) => used.add(gate));
  for (const { holder, name, gate } of given) if (!used.has(gate)) delete holder[name];
}

function visit(
  value: JsonValue | undefined,
  { gates, below }: GatedFields,
  found: (holder: JsonObject, name: string, gate: string) => void,
): void {
  if (Array.isArray(value)) {
    const items = below.get(EVERY);
    if (items !== undefined) for (const item of value) visit(item, items, found);
  } else if (isJsonObject(value)) {
    for (const [name, gate] of gates) if (value[name] !== undefined) found(value, name, gate);
    for (const [step, fields] of below) {
      if (step === EVERY) for (const child of Object.values(value)) visit(child, fields, found);
      else visit(value[step], fields, found);
    }
  }
}
