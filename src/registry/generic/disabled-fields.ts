import { isJsonObject, type JsonValue } from '../../apimachinery/meta/json.js';

/**
 * Fields behind feature gates that Kubernetes 1.37 has off by default: dropped without a word, unless the stored object has
 * some of that feature already. By gate, as dotted paths; `*` stands for every item of a list and every value of a map.
 */
export type DisabledFields = Readonly<Record<string, readonly string[]>>;

/** @param old what is stored; undefined on create */
export function dropDisabledFields(object: JsonValue, old: JsonValue | undefined, disabled: DisabledFields): void {
  for (const paths of Object.values(disabled)) {
    const steps = paths.map((path) => path.split('.'));
    if (old !== undefined && steps.some((path) => parentsOf(old, path).some((parent) => hasLast(parent, path))))
      continue;
    for (const path of steps) for (const parent of parentsOf(object, path)) dropLast(parent, path);
  }
}

/** Every value that the path but its last step leads to. */
function parentsOf(value: JsonValue, path: readonly string[]): JsonValue[] {
  let found: JsonValue[] = [value];
  for (const step of path.slice(0, -1)) found = found.flatMap((parent) => childrenOf(parent, step));
  return found;
}

function childrenOf(parent: JsonValue, step: string): JsonValue[] {
  if (Array.isArray(parent)) return step === '*' ? parent : [];
  if (!isJsonObject(parent)) return [];
  const children = step === '*' ? Object.values(parent) : [parent[step]];
  return children.filter((child) => child !== undefined);
}

const hasLast = (parent: JsonValue, path: readonly string[]): boolean =>
  isJsonObject(parent) && parent[path.at(-1)!] !== undefined;

function dropLast(parent: JsonValue, path: readonly string[]): void {
  if (isJsonObject(parent)) delete parent[path.at(-1)!];
}
