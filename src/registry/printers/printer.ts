import type { JsonObject, JsonValue } from '../../apimachinery/meta/json.js';
import type { KubeObject } from '../../apimachinery/meta/object.js';
import { labelSelectorFromObject } from '../../apimachinery/selectors/label-selector.js';
import { ageOf } from '../../apimachinery/table/human-duration.js';
import type { TableContext, TableConvertor, TableRowCells } from '../../apimachinery/table/table.js';

/** The cells of one object, in the order of the kind's columns. */
export type CellPrinter<T extends KubeObject = KubeObject> = (
  object: Readonly<T>,
  context: TableContext,
) => JsonValue[];

/** What a kind prints: mere cells, or rows and lists of its own. */
export interface KindPrinter {
  readonly row: (object: Readonly<KubeObject>, context: TableContext) => TableRowCells;
  readonly forList?: (objects: readonly Readonly<KubeObject>[]) => Pick<TableConvertor, 'row'>;
  /** Order of the rows of a list, where it is not that of the list. */
  readonly compare?: TableConvertor['compare'];
  /** Default: true, nearly every kind tells its age. */
  readonly timeDependent?: boolean;
}

/** Printers by `groupVersion/resource`. */
export type Printers = Readonly<Record<string, KindPrinter>>;

/** Objects were decoded by the schema of their kind before they were stored: that they are a `T` is known. */
export function cells<T extends KubeObject>(print: CellPrinter<T>): KindPrinter {
  return { row: (object, context) => ({ cells: print(object as Readonly<T>, context) }) };
}

export const NONE = '<none>';
export const UNSET = '<unset>';
export const UNKNOWN = '<unknown>';

export function name(object: Readonly<KubeObject>): string {
  return object.metadata.name ?? '';
}

export function age({ metadata }: Readonly<KubeObject>, { now }: TableContext): string {
  return ageOf(metadata.creationTimestamp, now);
}

/** Joined by commas; `empty` where there is nothing. */
export function joined(items: readonly string[] | null | undefined, empty: string): string {
  return items === undefined || items === null || items.length === 0 ? empty : items.join(',');
}

/** `a,b,c + 2 more...`: at most three items are spelled out. */
export function joinedWithMore(items: readonly string[], empty: string): string {
  if (items.length <= SPELLED_OUT_MAX) return joined(items, empty);
  return `${items.slice(0, SPELLED_OUT_MAX).join(',')} + ${items.length - SPELLED_OUT_MAX} more...`;
}

const SPELLED_OUT_MAX = 3;

/** `a=1,b=2` by key. */
export function labelsText(labels: Readonly<Record<string, JsonValue | undefined>> | null | undefined): string {
  return joined(
    Object.keys(labels ?? {})
      .sort()
      .map((key) => `${key}=${String(labels![key])}`),
    NONE,
  );
}

/** A LabelSelector in the notation of queries. */
export function selectorText(selector: JsonObject | null | undefined): string {
  const { selector: parsed, errors } = labelSelectorFromObject(selector ?? undefined);
  if (errors.length > 0) return '<error>';
  const text = parsed.toString();
  return text === '' ? NONE : text;
}

interface ContainerLike {
  readonly name?: string;
  readonly image?: string;
}

/** Names and images of a pod template's containers. */
export function containerCells(
  template: { readonly spec?: { readonly containers?: readonly ContainerLike[] | null } } | undefined,
): [string, string] {
  const containers = template?.spec?.containers ?? [];
  return [
    containers.map((container) => container.name ?? '').join(','),
    containers.map((container) => container.image ?? '').join(','),
  ];
}

export function sizeOf(map: object | null | undefined): number {
  return map === undefined || map === null ? 0 : Object.keys(map).length;
}

interface ConditionLike {
  readonly type?: string;
  readonly status?: string;
}

export function isTrue(conditions: readonly ConditionLike[] | null | undefined, type: string): boolean {
  return conditions?.some((condition) => condition.type === type && condition.status === 'True') ?? false;
}
