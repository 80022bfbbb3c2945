import { isJsonObject, type JsonObject, type JsonValue } from '../meta/json.js';
import { compareElements, type FieldSet, LEAF, type MutableFieldSet } from './field-set.js';
import { type FieldType, formOf, type ListType, type MapType, memberType } from './field-type.js';
import { itemElements } from './list-items.js';
import { fieldElement } from './path-element.js';
import { shareSet } from './shared-sets.js';

/**
 * The set of an added value as a node: itself and all that is in it. Elements stand in upstream's order, so that a set that comes to
 * be by one create is written as it is. Writers repeat themselves: most objects of a type have the same few combinations of fields, and
 * so the same sets. Those made lately are given again instead of being made again.
 * @throws TypedError where an item of a list has no key
 */
export function addedNode(value: JsonValue, type: FieldType): FieldSet {
  switch (formOf(type, value)) {
    case 'map':
      return isJsonObject(value) && !type.map!.atomic ? addedMap(value, type.map!) : LEAF;
    case 'list':
      return Array.isArray(value) && !type.list!.atomic ? addedList(value, type.list!) : LEAF;
    case 'scalar':
      return LEAF;
  }
}

function addedMap(object: JsonObject, map: MapType): FieldSet {
  const shape = mapShapeOf(object, map);
  const parts: Part[] = [];
  for (const name in object) {
    const value = object[name];
    const type = shape.types[parts.length];
    parts.push(value === undefined || type === undefined ? undefined : addedNode(value, type));
  }
  return shape.nodeOf(parts);
}

function addedList(items: readonly JsonValue[], list: ListType): FieldSet {
  if (items.length === 0) return LEAF;
  const shape = listShapeOf(items, list);
  // Items with the same key are owned together, without their parts.
  return shape.nodeOf(items.map((item, i) => (shape.isRepeated(i) ? LEAF : addedNode(item, list.element))));
}

/** The node of a member; undefined for what cannot be owned. */
type Part = FieldSet | undefined;

/** Nodes remembered of one shape; they differ in what lies below. */
const NODES_MAX = 4;
/** Shapes remembered of one type. */
const MAP_SHAPES_MAX = 64;
const LIST_SHAPES_MAX = 8;
/** Bigger maps and lists are not remembered: few are like another, and all this stays in memory. */
const PARTS_MAX = 64;
/** UTF-16 units of all names of a map, or all elements of a list, that are remembered. */
const TEXT_LENGTH_MAX = 4096;

interface Made {
  readonly parts: readonly Part[];
  readonly node: FieldSet;
  shared: boolean;
}

/** A combination of members, and the nodes made of it lately. */
class Shape {
  private readonly made: Made[] = [];
  private replaced = 0;

  /**
   * @param elements of all members
   * @param order positions of the members in upstream's order of their elements
   */
  constructor(
    protected readonly elements: readonly string[],
    private readonly order: readonly number[],
  ) {}

  /** @param parts the nodes of the members */
  nodeOf(parts: readonly Part[]): FieldSet {
    for (const made of this.made) {
      if (!sameItems(made.parts, parts)) continue;
      if (!made.shared) shareSet(made.node);
      made.shared = true;
      return made.node;
    }
    const node = Object.freeze(this.make(parts));
    this.made[this.replaced] = { parts, node, shared: false };
    this.replaced = (this.replaced + 1) % NODES_MAX;
    return node;
  }

  private make(parts: readonly Part[]): FieldSet {
    const node: MutableFieldSet = { '.': LEAF };
    let empty = true;
    for (const i of this.order) {
      const part = parts[i];
      if (part === undefined) continue;
      node[this.elements[i]!] = part;
      empty = false;
    }
    return empty ? LEAF : node;
  }
}

class MapShape extends Shape {
  readonly types: readonly (FieldType | undefined)[];

  constructor(
    private readonly names: readonly string[],
    map: MapType,
  ) {
    const order = names.map((_, i) => i);
    order.sort((a, b) => (names[a]! < names[b]! ? -1 : 1));
    super(names.map(fieldElement), order);
    this.types = names.map((name) => memberType(map, name));
  }

  isOf(object: JsonObject): boolean {
    let i = 0;
    for (const name in object) if (this.names[i++] !== name) return false;
    return i === this.names.length;
  }
}

class MapShapes {
  private readonly known = new Map<string, MapShape>();
  private latest: MapShape | undefined;

  constructor(private readonly map: MapType) {}

  of(object: JsonObject): MapShape {
    if (this.latest?.isOf(object) === true) return this.latest;
    const names = Object.keys(object);
    const text = names.join('\n');
    const known = this.known.get(text);
    const shape = known ?? new MapShape(names, this.map);
    if (known === undefined) {
      if (names.length > PARTS_MAX || text.length > TEXT_LENGTH_MAX) return shape;
      if (this.known.size >= MAP_SHAPES_MAX) this.known.clear();
      this.known.set(text, shape);
    }
    this.latest = shape;
    return shape;
  }
}

/** What tells an item of a list from others; undefined where it is left out. */
type ItemKey = JsonValue | undefined;
/** Of what cannot be an item of a list map: equal to nothing. */
const NO_KEY = Number.NaN;

class ListShape extends Shape {
  /**
   * @param keys of all items, one a name of the list's keys
   * @param repeated elements of more than one item
   */
  constructor(
    private readonly keys: readonly ItemKey[],
    elements: readonly string[],
    private readonly repeated: ReadonlySet<string>,
    order: readonly number[],
  ) {
    super(elements, order);
  }

  has(keys: readonly ItemKey[]): boolean {
    return sameItems(this.keys, keys);
  }

  isRepeated(i: number): boolean {
    return this.repeated.size > 0 && this.repeated.has(this.elements[i]!);
  }

  get textLength(): number {
    return this.elements.reduce((sum, { length }) => sum + length, 0);
  }
}

class ListShapes {
  private readonly known: ListShape[] = [];
  private replaced = 0;

  constructor(private readonly list: ListType) {}

  /** @throws TypedError where an item has no key */
  of(items: readonly JsonValue[]): ListShape {
    const keys = keysOf(items, this.list.keys);
    for (const shape of this.known) if (shape.has(keys)) return shape;
    const shape = listShape(items, this.list, keys);
    if (items.length > PARTS_MAX || shape.textLength > TEXT_LENGTH_MAX) return shape;
    this.known[this.replaced] = shape;
    this.replaced = (this.replaced + 1) % LIST_SHAPES_MAX;
    return shape;
  }
}

function listShape(items: readonly JsonValue[], list: ListType, keys: readonly ItemKey[]): ListShape {
  const elements = itemElements(list, items);
  const firsts = new Map<string, number>();
  const repeated = new Set<string>();
  for (const [i, element] of elements.entries()) {
    if (firsts.has(element)) repeated.add(element);
    else firsts.set(element, i);
  }
  const order = [...firsts.values()];
  if (order.length > 1) order.sort((a, b) => compareElements(elements[a]!, elements[b]!));
  return new ListShape(keys, elements, repeated, order);
}

function keysOf(items: readonly JsonValue[], names: readonly string[]): ItemKey[] {
  if (names.length === 0) return [...items];
  const keys: ItemKey[] = [];
  for (const item of items) for (const name of names) keys.push(isJsonObject(item) ? item[name] : NO_KEY);
  return keys;
}

function sameItems<T>(a: readonly T[], b: readonly T[]): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

const mapShapes = new WeakMap<MapType, MapShapes>();
const listShapes = new WeakMap<ListType, ListShapes>();

function mapShapeOf(object: JsonObject, map: MapType): MapShape {
  let shapes = mapShapes.get(map);
  if (shapes === undefined) {
    shapes = new MapShapes(map);
    mapShapes.set(map, shapes);
  }
  return shapes.of(object);
}

function listShapeOf(items: readonly JsonValue[], list: ListType): ListShape {
  let shapes = listShapes.get(list);
  if (shapes === undefined) {
    shapes = new ListShapes(list);
    listShapes.set(list, shapes);
  }
  return shapes.of(items);
}
