import type { JsonObject } from '../../apimachinery/meta/json.js';
import { checkCrdSchema } from '../../apimachinery/schema/check-crd-schema.js';
import type { ResourceClass } from '../../client/resource-type.js';
import { compareKubeVersions } from '../../endpoints/discovery/kube-version.js';
import type { CrdColumn, CrdVersion, CustomResourceDefinition } from '../../registry/apiextensions/crd.js';
import { validateCrd } from '../../registry/apiextensions/validate-crd.js';
import type { DeclaredBacking, DeclaredResource, DeclaredRules } from '../../registry/declared-resource.js';
import type { SubresourceDefinition } from '../../registry/resource-definition.js';
import { apiResourceOf, type CompleteResourceOptions } from '../decorators/api-resource.js';
import { PluginError } from '../plugin-error.js';
import { checkRules } from '../schema/class-rules.js';
import { type ClassColumn, type ClassSchema, ClassSchemaBuilder } from '../schema/class-schema.js';
import type { PluginDescription } from './plugin-description.js';

/** One version of a kind: its class and what the class says. */
interface ClassVersion {
  readonly resourceClass: ResourceClass;
  readonly options: CompleteResourceOptions;
  readonly content: ClassSchema;
}

/** What providers add to a resource. */
export interface ResourceParts {
  readonly subresources: readonly SubresourceDefinition[];
  readonly backing?: DeclaredBacking;
  /** Whether something converts between all of these versions. */
  readonly converted: (versions: readonly string[]) => boolean;
}

export type PartsOf = (group: string, kind: string) => ResourceParts;

/** Names that all versions of a kind share. */
const SHARED = ['kind', 'singular', 'listKind', 'scope'] as const;
const AGE: CrdColumn = { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' };

/** The resources of a plugin, each with all its versions. @throws PluginError with every fault of every class */
export function declareResources(plugin: PluginDescription, partsOf: PartsOf): DeclaredResource[] {
  const faults: string[] = [];
  const byName = new Map<string, ClassVersion[]>();
  for (const resourceClass of plugin.resources) {
    const options = apiResourceOf(resourceClass)!;
    const key = `${options.plural}.${options.group}`;
    const content = ClassSchemaBuilder.build(resourceClass, faults);
    byName.set(key, [...(byName.get(key) ?? []), { resourceClass, options, content }]);
  }
  if (faults.length > 0) throw new PluginError(plugin.name, faults);
  const declared = [...byName].map(([name, versions]) => {
    const { group, kind } = versions[0]!.options;
    return declare(`plugin ${plugin.name}`, name, versions, partsOf(group, kind), faults);
  });
  if (faults.length > 0) throw new PluginError(plugin.name, faults);
  return declared;
}

function declare(
  owner: string,
  name: string,
  versions: readonly ClassVersion[],
  parts: ResourceParts,
  faults: string[],
): DeclaredResource {
  checkVersions(name, versions, parts, faults);
  const crd = crdOf(name, versions);
  faults.push(...crdFaults(name, crd));
  const rules = new Map<string, DeclaredRules>();
  for (const { options, content } of versions) {
    const { rules: own } = content;
    if (own !== undefined) rules.set(options.version, (object) => checkRules(own, object));
  }
  const { subresources, backing } = parts;
  return { owner, crd, rules, subresources, ...(backing && { backing }) };
}

/** As a CustomResourceDefinition is judged, version by version, so that each fault names the version it is of. */
function crdFaults(name: string, crd: CustomResourceDefinition): Set<string> {
  const faults = crd.spec.versions.flatMap((version) => {
    const spec = { ...crd.spec, versions: [{ ...version, served: true, storage: true }] };
    const status = { ...crd.status!, storedVersions: [version.name] };
    const found = validateCrd({ ...crd, spec, status }, checkCrdSchema);
    return found.map(({ field, message }) => `${name}: ${forPeople(field, version.name)}: ${message}`);
  });
  return new Set(faults);
}

function checkVersions(name: string, versions: readonly ClassVersion[], parts: ResourceParts, faults: string[]): void {
  const [first, ...others] = versions as [ClassVersion, ...ClassVersion[]];
  for (const { resourceClass, options } of others) {
    for (const key of SHARED) {
      if (options[key] === first.options[key]) continue;
      faults.push(
        `${resourceClass.name} and ${first.resourceClass.name} are versions of ${name} and differ in ${key}: make it the same`,
      );
    }
  }
  if (others.length === 0) return;
  for (const { resourceClass, options } of others) {
    const twin = versions.find((each) => each.options.version === options.version)!.resourceClass;
    if (twin !== resourceClass) {
      faults.push(
        `${twin.name} and ${resourceClass.name} are both ${options.version} of ${name}: give each its own version`,
      );
    }
  }
  if (parts.backing !== undefined)
    faults.push(`${name} is answered by a class with @Serves and has several versions: leave one`);
  const stored = versions.filter(({ options }) => options.storage === true);
  if (stored.length > 1) faults.push(`${name} has several versions with storage: true: leave it at one`);
  const same = versions.every(({ content }) => JSON.stringify(content.schema) === JSON.stringify(first.content.schema));
  if (!same && !parts.converted(versions.map(({ options }) => options.version))) {
    const names = versions.map(({ resourceClass }) => resourceClass.name).join(' and ');
    faults.push(
      `nothing converts between ${names}: add a provider with @Conversion(${versions.map(({ resourceClass }) => resourceClass.name).join(', ')})`,
    );
  }
}

/** @param generation above 1, since objects may have been stored under an older state of the class */
function crdOf(name: string, versions: readonly ClassVersion[]): CustomResourceDefinition {
  const { options } = versions[0]!;
  const names = namesOf(versions);
  const sorted = [...versions].sort((a, b) => compareKubeVersions(a.options.version, b.options.version));
  const stored = versions.find(({ options: { storage } }) => storage === true) ?? sorted[0]!;
  const equal = new Set(versions.map(({ content }) => JSON.stringify(content.schema))).size < versions.length;
  return {
    metadata: { name, uid: `declared-${name}`, generation: 2 },
    spec: {
      group: options.group,
      scope: options.scope,
      names,
      versions: sorted.map((version) => crdVersion(version, version === stored, equal)),
    },
    // Stored objects always say their version: the class that is stored may be another one some day.
    status: { acceptedNames: names, storedVersions: [''], conditions: [] },
  };
}

function namesOf(versions: readonly ClassVersion[]): CustomResourceDefinition['spec']['names'] {
  const { plural, singular, kind, listKind } = versions[0]!.options;
  const all = (key: 'shortNames' | 'categories'): string[] => [
    ...new Set(versions.flatMap(({ options }) => options[key] ?? [])),
  ];
  const shortNames = all('shortNames');
  const categories = all('categories');
  return {
    plural,
    singular,
    kind,
    listKind,
    ...(shortNames.length > 0 && { shortNames }),
    ...(categories.length > 0 && { categories }),
  };
}

/** @param tellApart the same schema may have other rules in another version, and equal schemas are compiled once */
function crdVersion({ options, content }: ClassVersion, storage: boolean, tellApart: boolean): CrdVersion {
  const { version, deprecated, scale, served, description, rules, ageColumn } = options;
  const hasStatus = Object.hasOwn((content.schema['properties'] ?? {}) as JsonObject, 'status');
  const columns = content.columns.map(columnOf);
  const schema: JsonObject = {
    ...(description !== undefined && { description }),
    ...(tellApart && { title: `${options.kind} ${version}` }),
    ...content.schema,
    ...(rules !== undefined && { 'x-kubernetes-validations': rules.map((rule) => ({ ...rule })) }),
  };
  return {
    name: version,
    served: served ?? true,
    storage,
    ...(deprecated !== undefined && deprecated !== false && { deprecated: true }),
    ...(typeof deprecated === 'string' && { deprecationWarning: deprecated }),
    schema: { openAPIV3Schema: schema },
    subresources: {
      ...(hasStatus && { status: {} }),
      ...(scale !== undefined && {
        scale: {
          specReplicasPath: scale.spec,
          statusReplicasPath: scale.status,
          ...(scale.selector !== undefined && { labelSelectorPath: scale.selector }),
        },
      }),
    },
    ...(columns.length > 0 && { additionalPrinterColumns: ageColumn === false ? columns : [...columns, AGE] }),
    ...(content.selectable.length > 0 && { selectableFields: content.selectable.map((jsonPath) => ({ jsonPath })) }),
  };
}

function columnOf({ path, field, schema, options }: ClassColumn): CrdColumn {
  const { name, type, description, priority } = options;
  const own = description ?? (schema['description'] as string | undefined);
  return {
    name: name ?? `${field.charAt(0).toUpperCase()}${field.slice(1)}`,
    type: type ?? columnTypeOf(schema),
    jsonPath: path,
    ...(own !== undefined && { description: own }),
    ...(priority !== undefined && { priority }),
  };
}

function columnTypeOf({ type, format }: JsonObject): string {
  if (type === 'string') return format === 'date-time' ? 'date' : 'string';
  return type === 'integer' || type === 'number' || type === 'boolean' ? type : 'string';
}

/** A path in the definition that was made, as one into the class that it was made of. */
function forPeople(path: string, version: string): string {
  return path
    .replace(/^spec\.(?:versions\[0\]\.schema|validation)\.openAPIV3Schema/, version)
    .replaceAll(/\.properties\[([^\]]+)\]/g, '.$1');
}
