import {
  formatGroupVersion,
  type GroupVersion,
  type GroupVersionKind,
  parseGroupVersion,
} from '../../apimachinery/meta/group-version.js';
import type { JsonObject, JsonValue } from '../../apimachinery/meta/json.js';
import { modelName, SPECIAL_MODELS, type SpecialModel } from '../../apimachinery/openapi/model-names.js';
import { type DescriptionSource, type OpenApiFlavor, SchemaWriter } from '../../apimachinery/openapi/schema-writer.js';
import type { Schema } from '../../apimachinery/schema/schema.js';
import type { ListedResource } from '../discovery/resource-listing.js';
import { CONTENT_TYPES } from '../negotiation.js';
import type { FixedPath } from './fixed-parts.js';
import { ANY, CUSTOM_TYPES, DocumentedTypes } from './media-types.js';
import { gvkOf, type ModelCatalogue } from './models.js';
import { type Operation, operationPrefix, operationTag, type Payload, pathsOf } from './operations.js';
import { bodyV2, parameterV2, parameterV3, SHARED_BODIES } from './parameters.js';

const REASONS: Readonly<Record<number, string>> = { 200: 'OK', 201: 'Created', 202: 'Accepted', 401: 'Unauthorized' };

/** A built-in type or special form that a document has a model of. */
export type ModelRef = Schema | SpecialModel;

export function nameOfRef(ref: ModelRef): string {
  return typeof ref === 'string' ? ref : ref.ref!;
}

/**
 * Makes paths and the models they need, in one of the two versions of OpenAPI. Nothing of a document is kept here; models come last, as
 * paths decide which are needed.
 */
export class DocumentBuilder {
  private readonly writer: SchemaWriter;
  /** By the name of the kind. */
  private readonly kinds = new Map<string, GroupVersionKind[]>();
  private readonly groupVersions = new Map<string, GroupVersion>();
  private readonly customGroupVersions = new Set<string>();

  constructor(
    readonly flavor: OpenApiFlavor,
    private readonly catalogue: ModelCatalogue,
    private readonly descriptions: DescriptionSource,
    private readonly media = new DocumentedTypes(false),
  ) {
    this.writer = new SchemaWriter(flavor, descriptions);
  }

  private resource(group: string, version: string, resource: ListedResource): JsonObject {
    const paths: JsonObject = {};
    const groupVersion = formatGroupVersion({ group, version });
    this.groupVersions.set(groupVersion, { group, version });
    if (resource.custom) this.customGroupVersions.add(groupVersion);
    const tag = operationTag(group, version);
    this.noteKind({ group, version, kind: resource.kind });
    for (const { path, parameters, operations } of pathsOf(group, version, resource)) {
      const item: JsonObject = {};
      for (const operation of operations) {
        this.noteKind(operation.kind);
        item[operation.method] = this.operation(operation, tag, resource.custom);
      }
      if (parameters.length > 0) item['parameters'] = parameters.map(this.flavor === 'v2' ? parameterV2 : parameterV3);
      paths[path] = item;
    }
    return paths;
  }

  /** The paths of a group/version, one resource after the other. */
  *groupVersion(groupVersion: string, resources: readonly ListedResource[]): Generator<JsonObject> {
    const { group, version } = parseGroupVersion(groupVersion)!;
    if (resources.some(({ custom }) => !custom)) yield this.resourceList(group, version);
    for (const resource of resources) yield this.resource(group, version, resource);
  }

  /** The path of a group's own document. */
  group(group: string): JsonObject {
    const id = `get${operationPrefix(group, '')}APIGroup`;
    const tag = operationTag(group, '').slice(0, -1);
    return this.fixed({ path: `/apis/${group}/`, id, tag, answer: 'APIGroup' });
  }

  /** The path of the list of a group/version's resources. */
  private resourceList(group: string, version: string): JsonObject {
    const path = `${group === '' ? '/api/' : '/apis/'}${formatGroupVersion({ group, version })}/`;
    const id = `get${operationPrefix(group, version)}APIResources`;
    return this.fixed({ path, id, tag: operationTag(group, version), answer: 'APIResourceList' });
  }

  fixed({ path, id, tag, answer, types: own }: FixedPath): JsonObject {
    const schema =
      answer === 'Info'
        ? this.catalogue.versionPointer(this.writer)
        : answer === 'text'
          ? TEXT
          : this.catalogue.sharedPointer(this.writer, answer);
    const types = own ?? (answer === 'Info' ? [CONTENT_TYPES.json] : this.media.objects);
    const get: JsonObject = {
      tags: [tag],
      ...(this.flavor === 'v2' && { schemes: ['https'], ...(own === undefined && { consumes: [...types] }) }),
      ...(this.flavor === 'v2' && { produces: [...types] }),
      operationId: id,
      responses: this.responses([200], types, schema),
    };
    return { [path]: { get } };
  }

  /** Models of the custom kinds of the document, one kind after the other; its list is beside it. */
  *customModels(): Generator<JsonObject> {
    for (const groupVersion of this.customGroupVersions) yield* this.catalogue.customModels(this.writer, groupVersion);
  }

  /**
   * Names of the built-in models that paths and custom models point to so far, and then those that these point to. What is made meanwhile
   * may add more.
   */
  *builtinRefs(): Generator<ModelRef> {
    yield* this.writer.refs.values();
    yield* this.writer.specials;
  }

  /** @param groupVersions those of the document, where it is more than what was added here */
  builtinModel(ref: ModelRef, groupVersions: Iterable<GroupVersion> = this.groupVersions.values()): JsonObject {
    if (typeof ref === 'string') {
      const description = this.descriptions.describeType(ref);
      const model = this.writer.specialModel(ref);
      return { [SPECIAL_MODELS[ref]]: description === undefined ? model : { description, ...model } };
    }
    const model = this.writer.builtinModel(ref);
    const kinds = this.catalogue.kindsOf(ref.ref!, this.kinds, groupVersions);
    if (kinds.length > 0) model['x-kubernetes-group-version-kind'] = kinds;
    return { [modelName(ref.ref!)]: model };
  }

  /** The model of a custom kind or of its list, by the name of the model. */
  customModelNamed(name: string): JsonValue | undefined {
    return this.catalogue.customModelNamed(this.writer, name);
  }

  private noteKind(gvk: GroupVersionKind): void {
    for (const each of [gvk, { ...gvk, kind: `${gvk.kind}List` }]) {
      const known = this.kinds.get(each.kind);
      if (known === undefined) this.kinds.set(each.kind, [each]);
      else known.push(each);
    }
  }

  private operation(operation: Operation, tag: string, custom: boolean): JsonObject {
    const schema = this.schema(operation.answer, operation.kind);
    const produces = this.media.produced(operation, custom);
    return {
      tags: [tag],
      ...(this.flavor === 'v2'
        ? { schemes: ['https'], consumes: this.consumedTypes(operation, custom), produces }
        : {}),
      operationId: operation.id,
      ...this.inputs(operation, custom),
      responses: this.responses(operation.codes, produces, schema),
      'x-kubernetes-action': operation.action,
      'x-kubernetes-group-version-kind': gvkOf(operation.kind),
    };
  }

  private inputs({ parameters, body, kind }: Operation, custom: boolean): JsonObject {
    if (this.flavor === 'v2') {
      const all = parameters.map(parameterV2);
      // Nothing that goes with a body has a name before it.
      if (body !== undefined) all.unshift(this.body(body.payload, kind, body.required));
      return all.length === 0 ? {} : { parameters: all };
    }
    const out: JsonObject = {};
    if (parameters.length > 0) out['parameters'] = parameters.map(parameterV3);
    if (body !== undefined) {
      const schema = this.schema(body.payload, kind)!;
      const types = body.payload === 'Patch' ? this.media.patches(custom) : custom ? CUSTOM_TYPES : [ANY];
      out['requestBody'] = { content: contentOf(types, schema), ...(body.required ? { required: true } : {}) };
    }
    return out;
  }

  private body(payload: Payload, kind: GroupVersionKind, required: boolean): JsonObject {
    const schema = this.schema(payload, kind)!;
    const shared = payload === 'DeleteOptions' || payload === 'Patch' ? SHARED_BODIES[payload] : undefined;
    if (shared === undefined) return bodyV2(schema, required);
    return { $ref: `#/parameters/${shared}` };
  }

  /** Bodies that operations share in v2. */
  sharedBodies(): JsonObject {
    return {
      [SHARED_BODIES.DeleteOptions]: bodyV2(this.catalogue.sharedPointer(this.writer, 'DeleteOptions'), false),
      [SHARED_BODIES.Patch]: bodyV2(this.writer.specialPointer('Patch'), true),
    };
  }

  private consumedTypes({ body }: Operation, custom: boolean): string[] {
    if (body?.payload === 'Patch') return this.media.patches(custom);
    return custom ? [...CUSTOM_TYPES] : [ANY];
  }

  private responses(codes: readonly number[], types: readonly string[], schema: JsonObject | undefined): JsonObject {
    const responses: JsonObject = {};
    for (const code of codes) {
      responses[code] = {
        description: REASONS[code]!,
        ...(schema === undefined ? {} : this.flavor === 'v2' ? { schema } : { content: contentOf(types, schema) }),
      };
    }
    responses[401] = { description: REASONS[401]! };
    return responses;
  }

  private schema(payload: Payload, kind: GroupVersionKind): JsonObject | undefined {
    switch (payload) {
      case 'object':
      case 'list':
        return this.catalogue.pointer(this.writer, kind, payload === 'list');
      case 'Patch':
        return this.writer.specialPointer('Patch');
      case 'text':
        return TEXT;
      default:
        return this.catalogue.sharedPointer(this.writer, payload);
    }
  }
}

const TEXT: JsonObject = { type: 'string' };

function contentOf(types: readonly string[], schema: JsonObject): JsonObject {
  return Object.fromEntries(types.map((type) => [type, { schema }]));
}
