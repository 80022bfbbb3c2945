import type { ObjectMeta } from '../../apimachinery/meta/object.js';
import { type ApiObjectLike, defineResourceType, type ResourceClass } from '../../client/resource-type.js';
import type { FieldRule } from './field.js';

/** What a class with `@ApiResource` declares: one version of one resource. */
export interface ApiResourceOptions {
  /** A domain of yours: `example.com`. */
  readonly group: string;
  /** `v1`, `v1beta1`... */
  readonly version: string;
  /** Default: the class's name. */
  readonly kind?: string;
  /** Name in paths; default: the kind in lower case, in the plural of English. */
  readonly plural?: string;
  readonly singular?: string;
  readonly listKind?: string;
  readonly shortNames?: readonly string[];
  readonly categories?: readonly string[];
  /** Default: Namespaced. */
  readonly scope?: 'Namespaced' | 'Cluster';
  /** Of several versions the one that is stored; default: the most mature. */
  readonly storage?: boolean;
  /** False: stored objects of this version are still understood, but nobody is served it. */
  readonly served?: boolean;
  /** True, or what clients of this version are warned with. */
  readonly deprecated?: boolean | string;
  /** The scale subresource: JSON paths of its numbers. */
  readonly scale?: { readonly spec: string; readonly status: string; readonly selector?: string };
  /** Rules in CEL over the whole object. */
  readonly rules?: readonly FieldRule[];
  readonly description?: string;
  /** False: no Age column after those of `@Column`. */
  readonly ageColumn?: boolean;
}

const RESOURCE = Symbol.for('kubenest.api-resource');

/** The options with everything that has a default filled in. */
export type CompleteResourceOptions = ApiResourceOptions &
  Required<Pick<ApiResourceOptions, 'kind' | 'plural' | 'singular' | 'listKind' | 'scope'>>;

/** An object as classes of resources may extend it, for the types of their common fields. */
export abstract class ApiObject implements ApiObjectLike {
  apiVersion?: string;
  kind?: string;
  metadata!: ObjectMeta;
}

/**
 * Makes a class a resource: its fields are the schema, their initialisers the defaults, their validators the rules. List the class
 * in the `resources` of a {@link Plugin}.
 */
export function ApiResource(options: ApiResourceOptions) {
  return (resourceClass: ResourceClass): void => {
    const kind = options.kind ?? resourceClass.name;
    const complete: CompleteResourceOptions = {
      ...options,
      kind,
      plural: options.plural ?? pluralOf(kind.toLowerCase()),
      singular: options.singular ?? kind.toLowerCase(),
      listKind: options.listKind ?? `${kind}List`,
      scope: options.scope ?? 'Namespaced',
    };
    Object.defineProperty(resourceClass, RESOURCE, { value: complete });
    const { group, version, plural: resource, scope } = complete;
    defineResourceType(resourceClass, { group, version, resource, kind, namespaced: scope === 'Namespaced' });
  };
}

/** What the class itself declares, undefined where it declares nothing. */
export function apiResourceOf(resourceClass: object): CompleteResourceOptions | undefined {
  if (!Object.hasOwn(resourceClass, RESOURCE)) return undefined;
  return (resourceClass as { [RESOURCE]?: CompleteResourceOptions })[RESOURCE];
}

/** As kubebuilder's tools would name it. */
function pluralOf(singular: string): string {
  if (/(?:s|x|z|ch|sh)$/.test(singular)) return `${singular}es`;
  if (/[^aeiou]y$/.test(singular)) return `${singular.slice(0, -1)}ies`;
  return `${singular}s`;
}
