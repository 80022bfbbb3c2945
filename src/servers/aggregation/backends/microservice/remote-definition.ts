import type { GroupVersion, GroupVersionKind } from '../../../../apimachinery/meta/group-version.js';
import { formatGroupVersion } from '../../../../apimachinery/meta/group-version.js';
import { isJsonObject, type JsonObject } from '../../../../apimachinery/meta/json.js';
import type { KubeObject } from '../../../../apimachinery/meta/object.js';
import { compileCrdSchema } from '../../../../apimachinery/schema/compile-crd.js';
import { customCodec, validateCustom } from '../../../../apimachinery/schema/custom-resource.js';
import { applyDefaults } from '../../../../apimachinery/schema/defaulting.js';
import { pruneResource } from '../../../../apimachinery/schema/prune.js';
import { withResourceMeta } from '../../../../apimachinery/schema/resource-meta.js';
import type { Schema } from '../../../../apimachinery/schema/schema.js';
import { customTable } from '../../../../apimachinery/table/custom-table.js';
import type { FieldError } from '../../../../apimachinery/validation/field-error.js';
import { checkDns1035Label } from '../../../../apimachinery/validation/names.js';
import { BACKEND_VERBS, type ResourceDescription } from '../../../../backend/protocol.js';
import { GenericStrategy, type KindTraits, keepAllBut } from '../../../../registry/generic/generic-strategy.js';
import type { ResourceDefinition } from '../../../../registry/resource-definition.js';
import type { RestContext } from '../../../../registry/rest/context.js';

/** Named limit: resources of one group version. */
const RESOURCES_MAX = 500;

const ANYTHING: JsonObject = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };

type Judge = (ctx: RestContext, object: Readonly<KubeObject>, old?: Readonly<KubeObject>) => FieldError[];

/** A resource of a backend as the server's own: only where its objects are differs. */
export interface RemoteDefinition {
  readonly definition: ResourceDefinition;
  readonly strategy: GenericStrategy;
  /** Undefined where status is written with the rest. */
  readonly statusStrategy: GenericStrategy | undefined;
  readonly description: ResourceDescription;
  /** Drops unknown fields and fills in defaults, in place. */
  readonly normalize: (object: KubeObject) => KubeObject;
}

/** Reads a backend's answer to discovery. @throws Error that says what is wrong with it */
export function readDiscovery(answer: unknown): ResourceDescription[] {
  const resources = isJsonObject(answer) ? answer['resources'] : undefined;
  if (!Array.isArray(resources)) throw new Error('discovery answered no list of resources');
  if (resources.length > RESOURCES_MAX) throw new Error(`discovery answered more than ${RESOURCES_MAX} resources`);
  return resources.map(readDescription);
}

function readDescription(value: unknown): ResourceDescription {
  if (!isJsonObject(value)) throw new Error('discovery answered a resource that is no object');
  const { resource, kind, namespaced, verbs } = value;
  if (typeof resource !== 'string' || checkDns1035Label(resource).length > 0) {
    throw new Error(`discovery answered ${JSON.stringify(resource)} as the name of a resource`);
  }
  if (typeof kind !== 'string' || kind === '') throw new Error(`discovery answered no kind for ${resource}`);
  if (typeof namespaced !== 'boolean') throw new Error(`discovery did not answer whether ${resource} is namespaced`);
  const known: readonly unknown[] = BACKEND_VERBS;
  if (!Array.isArray(verbs) || !verbs.every((verb) => known.includes(verb))) {
    throw new Error(`discovery answered verbs of ${resource} other than ${BACKEND_VERBS.join(', ')}`);
  }
  return value as unknown as ResourceDescription;
}

/** @param objectMeta schema of ObjectMeta @throws Error where schema or columns cannot be used */
export function defineRemote(
  { group, version }: GroupVersion,
  description: ResourceDescription,
  objectMeta: Schema,
): RemoteDefinition {
  const { resource, namespaced, shortNames = [], categories = [] } = description;
  const kind = { group, version, kind: description.kind };
  try {
    const schema = compileCrdSchema(description.schema ?? ANYTHING);
    const codec = customCodec(schema, objectMeta);
    const normalize = (object: KubeObject): KubeObject => {
      pruneResource(schema, object);
      applyDefaults(schema, object);
      return codec.normalize(object);
    };
    const strategies = strategiesOf(kind, description, schema);
    const definition: ResourceDefinition = {
      group,
      resource,
      singular: description.singular ?? description.kind.toLowerCase(),
      kind: description.kind,
      listKind: description.listKind ?? `${description.kind}List`,
      namespaced,
      shortNames,
      categories,
      hubVersion: version,
      versions: [
        {
          version,
          schema: withResourceMeta(schema, objectMeta),
          codec: { decode: (value, strict) => codec.decode(value, strict), normalize },
          applyDefaults: (object) => applyDefaults(schema, object),
          table: customTable(description.columns),
        },
      ],
      strategy: strategies.strategy,
      custom: true,
      selectableFields: [],
    };
    return { definition, ...strategies, description, normalize };
  } catch (error) {
    throw new Error(
      `discovery answered ${resource} with a schema or columns that cannot be used: ${(error as Error).message}`,
      {
        cause: error,
      },
    );
  }
}

function strategiesOf(kind: GroupVersionKind, { namespaced, status = false }: ResourceDescription, schema: Schema) {
  const traits: KindTraits = {
    kind,
    namespaced,
    hasStatus: status,
    generation: 'content',
    allowUnconditionalUpdate: false,
  };
  const type = { apiVersion: formatGroupVersion(kind), kind: kind.kind };
  const judge: Judge = (ctx, object, old) =>
    validateCustom(schema, { ...type, ...object }, old && { ...type, ...old }, [], (text) => ctx.warn(text));
  return {
    strategy: new RemoteStrategy(traits, judge),
    statusStrategy: status ? new RemoteStatusStrategy(traits, judge) : undefined,
  };
}

/** What custom resources of a backend are judged by: its schema. */
class RemoteStrategy extends GenericStrategy {
  override readonly standardFinalizers: boolean = false;

  constructor(
    traits: KindTraits,
    private readonly judge: Judge,
  ) {
    super(traits);
  }

  override validateCreate(ctx: RestContext, object: Readonly<KubeObject>): FieldError[] {
    return this.judge(ctx, object);
  }

  override validateUpdate(ctx: RestContext, object: Readonly<KubeObject>, old: Readonly<KubeObject>): FieldError[] {
    return this.judge(ctx, object, old);
  }
}

/** The status endpoint: nothing but status is the client's to write. */
class RemoteStatusStrategy extends RemoteStrategy {
  override resetFields(): Readonly<Record<string, readonly string[]>> {
    return { [formatGroupVersion(this.kind)]: ['spec', 'metadata'] };
  }

  override prepareForUpdate(_ctx: RestContext, object: KubeObject, old: Readonly<KubeObject>): void {
    const { managedFields, resourceVersion } = object.metadata;
    keepAllBut(object, old, 'status');
    object.metadata = { ...old.metadata };
    if (resourceVersion !== undefined) object.metadata.resourceVersion = resourceVersion;
    if (managedFields === undefined) delete object.metadata.managedFields;
    else object.metadata.managedFields = managedFields;
  }
}
