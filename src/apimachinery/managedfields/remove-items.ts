import { isJsonObject, type JsonObject, type JsonValue, setOwn } from '../meta/json.js';
import { type FieldSet, isEmptySet, isMember, type MutableFieldSet, withMember } from './field-set.js';
import { type FieldType, formOf, type ListType, type MapType, memberType } from './field-type.js';
import { itemElements } from './list-items.js';
import { fieldElement } from './path-element.js';
import { isEmptyMap } from './typed.js';

/**
 * Takes fields and items out of an object: a member goes with all that is below it. What loses its last part becomes
 * null, which a decoder drops and a custom resource's schema may refuse, as upstream has it.
 * @returns a new object; parts that lose nothing are shared with the given one
 */
export function removeItems(object: JsonObject, set: FieldSet, type: FieldType): JsonObject {
  return isEmptySet(set) ? object : ((without(object, set, type) ?? {}) as JsonObject);
}

function without(value: JsonValue, set: FieldSet, type: FieldType): JsonValue {
  switch (formOf(type, value)) {
    case 'scalar':
      return value;
    case 'list':
      return Array.isArray(value) && !type.list!.atomic ? listWithout(value, set, type.list!) : null;
    case 'map':
      return isJsonObject(value) && !type.map!.atomic ? mapWithout(value, set, type.map!) : null;
  }
}

function listWithout(items: JsonValue[], set: FieldSet, list: ListType): JsonValue {
  const elements = itemElements(list, items);
  const out: JsonValue[] = [];
  for (let i = 0; i < items.length; i++) {
    const node = set[elements[i]!];
    if (node === undefined) out.push(items[i]!);
    else if (!isMember(node)) out.push(without(items[i]!, node, list.element));
  }
  return out.length === 0 ? null : out;
}

function mapWithout(object: JsonObject, set: FieldSet, map: MapType): JsonValue {
  const out: JsonObject = {};
  for (const name in object) {
    const value = object[name];
    if (value === undefined) continue;
    const node = set[fieldElement(name)];
    const type = node === undefined ? undefined : memberType(map, name);
    if (node === undefined || type === undefined) setOwn(out, name, value);
    else if (!isMember(node)) setOwn(out, name, without(value, node, type));
  }
  return isEmptyMap(out) ? null : out;
}

type Rewrite = (node: FieldSet, type: FieldType | undefined, named: boolean) => FieldSet;

/** The set with every node rewritten after its children; types follow the set into the schema as far as it goes. */
function rewrite(node: FieldSet, type: FieldType | undefined, named: boolean, change: Rewrite): FieldSet {
  let out: MutableFieldSet | undefined;
  for (const element in node) {
    if (element === '.') continue;
    const child = node[element]!;
    let childType: FieldType | undefined;
    let childNamed = false;
    if (element[0] === 'f') {
      const field = type?.map?.field(element.slice(2));
      childNamed = field !== undefined;
      childType = field ?? type?.map?.element;
    } else if (element[0] === 'k') {
      childType = type?.list?.element;
    }
    const changed = rewrite(child, childType, childNamed, change);
    if (changed === child) continue;
    out ??= { ...node };
    out[element] = changed;
  }
  return change(out ?? node, type, named);
}

/** Makes members of the structs that lead to members, so that a struct goes with its last field. */
export function withNamedFields(set: FieldSet, type: FieldType): FieldSet {
  return rewrite(set, type, false, (node, _, named) => (named ? withMember(node) : node));
}

/**
 * Brings a set in line with a schema that has come to own something as a whole: what was owned in parts then is owned
 * altogether. Returns the set itself where nothing has changed.
 */
export function reconcileWithSchema(set: FieldSet, type: FieldType): FieldSet {
  return rewrite(set, type, false, (node, at) => {
    const atomic = at?.map?.atomic === true || (at?.map === undefined && at?.list?.atomic === true);
    return atomic && !isEmptySet(node) ? {} : node;
  });
}
