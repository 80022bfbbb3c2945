import { isJsonObject, type JsonValue } from '../meta/json.js';
import { formatGoLiteral, formatGoValue } from '../patch/go-format.js';
import { type FieldSet, LEAF, type MutableFieldSet, withMember } from './field-set.js';
import { type FieldType, formOf, type ListType, type MapType, memberType, type ScalarKind } from './field-type.js';
import { itemElement, itemElements, TypedError } from './list-items.js';
import { fieldElement, formatElement } from './path-element.js';

/**
 * Checks that an object fits its schema: declared fields, right kinds of values, keys in list items, no item twice.
 * @param duplicates whether an item may stand in its list more than once, as live objects may have it
 * @throws TypedError with every fault, in upstream's words
 */
export function validateTyped(value: JsonValue, type: FieldType, duplicates = false): void {
  const faults: Fault[] = [];
  new Validator(faults, duplicates).value(value, type);
  if (faults.length === 0) return;
  throw new TypedError(faults.map(({ path, text }) => (path === '' ? text : `${path}: ${text}`)));
}

interface Fault {
  path: string;
  readonly text: string;
}

/** Paths are put together on the way back, where there is a fault: mostly there is none. */
class Validator {
  constructor(
    private readonly faults: Fault[],
    private readonly duplicates: boolean,
  ) {}

  value(value: JsonValue, type: FieldType): void {
    switch (formOf(type, value)) {
      case 'scalar':
        this.fault(scalarFault(value, type.scalar!));
        break;
      case 'list':
        if (Array.isArray(value)) this.list(value, type.list!);
        else if (value !== null) this.fault(`expected list, got &{${formatGoValue(value)}}`);
        break;
      case 'map':
        if (isJsonObject(value)) this.map(value, type.map!);
        else if (value !== null) this.fault(`expected map, got &{${formatGoValue(value)}}`);
    }
  }

  private list(items: JsonValue[], list: ListType): void {
    const seen = new Set<string>();
    for (let i = 0; i < items.length; i++) {
      let element: string | undefined;
      if (!list.atomic) {
        try {
          element = itemElement(list, items[i]!, i);
        } catch (error) {
          if (!(error instanceof TypedError)) throw error;
          this.fault(error.message);
          return;
        }
        if (seen.has(element) && !this.duplicates) this.fault(`duplicate entries for key ${formatElement(element)}`);
        seen.add(element);
      }
      const before = this.faults.length;
      this.value(items[i]!, list.element);
      if (this.faults.length > before) this.prefix(before, formatElement(element ?? `i:${i}`));
    }
  }

  private map(object: Record<string, JsonValue | undefined>, map: MapType): void {
    for (const name of Object.keys(object)) {
      const value = object[name];
      if (value === undefined) continue;
      const before = this.faults.length;
      const type = memberType(map, name);
      if (type === undefined) this.fault('field not declared in schema');
      else this.value(value, type);
      if (this.faults.length > before) this.prefix(before, `.${name}`);
      // As upstream, the first unknown field ends the walk of its object.
      if (type === undefined) return;
    }
  }

  private prefix(from: number, step: string): void {
    for (let i = from; i < this.faults.length; i++) this.faults[i]!.path = step + this.faults[i]!.path;
  }

  private fault(text: string | undefined): void {
    if (text !== undefined) this.faults.push({ path: '', text });
  }
}

function scalarFault(value: JsonValue, kind: ScalarKind): string | undefined {
  if (value === null) return undefined;
  const is = typeof value === 'bigint' ? 'number' : typeof value;
  switch (kind) {
    case 'string':
      return is === 'string'
        ? undefined
        : `expected string, got &value.valueUnstructured{Value:${formatGoLiteral(value)}}`;
    case 'numeric':
      return is === 'number' ? undefined : `expected numeric (int or float), got ${goTypeOf(value)}`;
    case 'boolean':
      return is === 'boolean' ? undefined : `expected boolean, got &{${formatGoValue(value)}}`;
    default:
      return is === 'object' ? `expected any scalar, got &{${formatGoValue(value)}}` : undefined;
  }
}

function goTypeOf(value: JsonValue): string {
  if (Array.isArray(value)) return '[]interface {}';
  if (typeof value === 'string') return 'string';
  return typeof value === 'boolean' ? 'bool' : 'map[string]interface {}';
}

/**
 * Every field that an applied configuration speaks of. Structs are not members themselves, items of lists and keys of
 * maps are.
 * @throws TypedError where an item of a list has no key
 */
export function fieldSetOf(value: JsonValue, type: FieldType): FieldSet {
  const set = nodeFor(value, type);
  return set === undefined || set === LEAF ? {} : set;
}

/** The node of a value, a member where it is a leaf; undefined where nothing in it can be owned. */
function nodeFor(value: JsonValue, type: FieldType): FieldSet | undefined {
  switch (formOf(type, value)) {
    case 'scalar':
      return LEAF;
    case 'list':
      if (type.list!.atomic) return LEAF;
      return Array.isArray(value) ? listNode(value, type.list!) : undefined;
    case 'map':
      if (type.map!.atomic) return LEAF;
      return isJsonObject(value) ? mapNode(value, type.map!) : undefined;
  }
}

function listNode(items: JsonValue[], list: ListType): FieldSet | undefined {
  if (items.length === 0) return undefined;
  const elements = itemElements(list, items);
  const out: MutableFieldSet = {};
  for (let i = 0; i < items.length; i++) {
    const element = elements[i]!;
    // Items that stand there twice are owned together, without their parts.
    out[element] = out[element] === undefined ? withMember(nodeFor(items[i]!, list.element)) : LEAF;
  }
  return out;
}

function mapNode(object: Record<string, JsonValue | undefined>, map: MapType): FieldSet | undefined {
  const out: MutableFieldSet = {};
  let empty = true;
  for (const name in object) {
    const value = object[name];
    if (value === undefined) continue;
    const field = map.field(name);
    const type = field ?? map.element;
    if (type === undefined) continue;
    let node = nodeFor(value, type);
    if (field === undefined || value === null || isEmptyMap(value)) node = withMember(node);
    if (node === undefined) continue;
    out[fieldElement(name)] = node;
    empty = false;
  }
  return empty ? undefined : out;
}

export function isEmptyMap(value: JsonValue): boolean {
  if (!isJsonObject(value)) return false;
  for (const name in value) if (value[name] !== undefined) return false;
  return true;
}
