import { isJsonObject, type JsonObject, type JsonValue, jsonEqual, setOwn } from '../meta/json.js';

/** The parts of a Swagger 2.0 document that others may be merged into. */
export interface SwaggerParts {
  readonly paths: JsonObject;
  readonly definitions: JsonObject;
  readonly parameters: JsonObject;
}

const SERVED_PREFIX = '/apis/';
const SECTIONS = ['definitions', 'parameters'] as const;
type Section = (typeof SECTIONS)[number];

/** A definition or shared parameter, by how references name it. */
interface Named {
  readonly section: Section;
  readonly name: string;
  readonly value: JsonValue;
  readonly refs: ReadonlySet<string>;
}

/**
 * Adds to `whole` what another server's document says of API groups: its paths under `/apis/` that are not there yet, and what
 * these refer to. What has a name that is taken by something else gets a name of its own (`Hat_v2`). Changes `whole`, not
 * `document`, whose values it may keep.
 * @see https://swagger.io/specification/v2/
 */
export function mergeSwagger(whole: SwaggerParts, document: JsonObject): void {
  const paths = Object.entries(objectAt(document, 'paths')).filter(
    ([path]) => path.startsWith(SERVED_PREFIX) && !Object.hasOwn(whole.paths, path),
  );
  const needed = reachable(document, refsOf(Object.fromEntries(paths)));
  const renamed = renames(whole, needed);
  for (const [ref, { section, name, value }] of needed) {
    const taken = renamed.get(ref);
    if (taken === undefined && Object.hasOwn(whole[section], name)) continue;
    setOwn(whole[section], nameOf(taken ?? ref), rewrite(value, renamed));
  }
  for (const [path, item] of paths) setOwn(whole.paths, path, rewrite(item ?? null, renamed));
}

/** Everything that references lead to, by reference. */
function reachable(document: JsonObject, start: ReadonlySet<string>): Map<string, Named> {
  const found = new Map<string, Named>();
  const open = [...start];
  for (let ref = open.pop(); ref !== undefined; ref = open.pop()) {
    const section = SECTIONS.find((each) => ref!.startsWith(`#/${each}/`));
    if (section === undefined || found.has(ref)) continue;
    const name = nameOf(ref);
    const value = objectAt(document, section)[name];
    if (value === undefined) continue;
    const refs = refsOf(value);
    found.set(ref, { section, name, value, refs });
    open.push(...refs);
  }
  return found;
}

/** New references for what means something else here, or refers to what does. */
function renames(whole: SwaggerParts, needed: ReadonlyMap<string, Named>): Map<string, string> {
  const found = new Map<string, string>();
  const users = usersOf(needed);
  const open: string[] = [];
  for (const [ref, { section, name, value }] of needed) {
    const known = whole[section][name];
    if (known !== undefined && !jsonEqual(known, value)) open.push(ref);
  }
  for (let ref = open.pop(); ref !== undefined; ref = open.pop()) {
    if (found.has(ref)) continue;
    const { section, name } = needed.get(ref)!;
    found.set(ref, Object.hasOwn(whole[section], name) ? freeReference(whole[section], needed, section, name) : ref);
    open.push(...(users.get(ref) ?? []));
  }
  return found;
}

function usersOf(needed: ReadonlyMap<string, Named>): Map<string, string[]> {
  const users = new Map<string, string[]>();
  for (const [ref, { refs }] of needed) {
    for (const used of refs) users.set(used, [...(users.get(used) ?? []), ref]);
  }
  return users;
}

function freeReference(taken: JsonObject, needed: ReadonlyMap<string, Named>, section: Section, name: string): string {
  for (let number = 2; ; number++) {
    const candidate = `${name}_v${number}`;
    const ref = `#/${section}/${candidate}`;
    if (!Object.hasOwn(taken, candidate) && !needed.has(ref)) return ref;
  }
}

function rewrite(value: JsonValue, renamed: ReadonlyMap<string, string>): JsonValue {
  if (renamed.size === 0) return value;
  if (Array.isArray(value)) return value.map((item) => rewrite(item, renamed));
  if (!isJsonObject(value)) return value;
  const out: JsonObject = {};
  for (const [key, inner] of Object.entries(value)) {
    if (inner === undefined) continue;
    const ref = key === '$ref' && typeof inner === 'string' ? renamed.get(inner) : undefined;
    setOwn(out, key, ref ?? rewrite(inner, renamed));
  }
  return out;
}

function refsOf(value: JsonValue, found = new Set<string>()): Set<string> {
  if (Array.isArray(value)) for (const item of value) refsOf(item, found);
  else if (isJsonObject(value)) {
    for (const [key, inner] of Object.entries(value)) {
      if (key === '$ref' && typeof inner === 'string') found.add(inner);
      else if (inner !== undefined) refsOf(inner, found);
    }
  }
  return found;
}

/** `#/definitions/Hat` is called `Hat`. */
function nameOf(ref: string): string {
  return ref.slice(ref.indexOf('/', 2) + 1);
}

function objectAt(document: JsonObject, key: string): JsonObject {
  const value = document[key];
  return isJsonObject(value) ? value : {};
}
