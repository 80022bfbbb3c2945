import type { JsonValue } from '../../apimachinery/meta/json.js';
import type { KubeObject } from '../../apimachinery/meta/object.js';
import { pathNames, valueAt } from './json-path.js';

/**
 * The fields of a custom resource that field selectors may name: `.spec.colour` is asked for as `spec.colour`.
 * @see https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#crd-selectable-fields
 */
export class SelectableFields {
  readonly names: readonly string[];
  private readonly paths: readonly (readonly string[])[];

  /** @param paths JSON paths; repeated ones count once */
  constructor(paths: readonly string[]) {
    const unique = [...new Set(paths)];
    this.names = unique.map((path) => (path.startsWith('.') ? path.slice(1) : path));
    this.paths = unique.map(pathNames);
  }

  /** Every name with its value as text; empty where the object has none. */
  of(object: Readonly<KubeObject>): Record<string, string> {
    const values: Record<string, string> = {};
    this.names.forEach((name, i) => {
      values[name] = textOf(valueAt(object, this.paths[i]!));
    });
    return values;
  }
}

function textOf(value: JsonValue | undefined): string {
  switch (typeof value) {
    case 'string':
      return value;
    case 'number':
    case 'bigint':
    case 'boolean':
      return String(value);
    default:
      return '';
  }
}
