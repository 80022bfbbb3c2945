import { formatGroupVersion, type GroupVersion, type GroupVersionKind } from '../../apimachinery/meta/group-version.js';
import type { JsonObject } from '../../apimachinery/meta/json.js';
import { modelName, SPECIAL_MODELS } from '../../apimachinery/openapi/model-names.js';
import { type DescriptionSource, type OpenApiFlavor, SchemaWriter } from '../../apimachinery/openapi/schema-writer.js';
import type { ListedResource } from '../discovery/resource-listing.js';
import { CONTENT_TYPES, PATCH_CONTENT_TYPES } from '../negotiation.js';
import { gvkOf, type ModelCatalogue } from './models.js';
import { type Operation, operationPrefix, operationTag, type Payload, pathsOf } from './operations.js';
import { parameterV2, parameterV3 } from './parameters.js';

const REASONS: Readonly<Record<number, string>> = { 200: 'OK', 201: 'Created', 202: 'Accepted', 401: 'Unauthorized' };
const STREAM = ';stream=watch';
const ANY = '*/*';

/** A document that answers a GET with one type: the lists of discovery and the version. */
export interface FixedPath {
  readonly path: string;
  readonly id: string;
  readonly tag: string;
  readonly answer: 'APIGroup' | 'APIGroupList' | 'APIResourceList' | 'APIVersions' | 'Info';
}

/**
 * Gathers paths and the models they need, in one of the two versions of OpenAPI. Add resources and fixed paths, then take
 * `paths` and `models()`; models come last, as paths decide which are needed.
 */
export class DocumentBuilder {
  readonly paths: JsonObject = {};
  private readonly writer: SchemaWriter;
  private readonly kinds: GroupVersionKind[] = [];
  private readonly groupVersions = new Map<string, GroupVersion>();
  private readonly customGroupVersions = new Set<string>();

  constructor(
    readonly flavor: OpenApiFlavor,
    private readonly catalogue: ModelCatalogue,
    private readonly descriptions: DescriptionSource,
  ) {
    this.writer = new SchemaWriter(flavor, descriptions);
  }

  addResource(group: string, version: string, resource: ListedResource): void {
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
      item['parameters'] = parameters.map(this.flavor === 'v2' ? parameterV2 : parameterV3);
      this.paths[path] = item;
    }
  }

  /** The list of a group/version's resources. */
  addResourceList(group: string, version: string): void {
    const path = `${group === '' ? '/api/' : '/apis/'}${formatGroupVersion({ group, version })}/`;
    const id = `get${operationPrefix(group, version)}APIResources`;
    this.addFixed({ path, id, tag: operationTag(group, version), answer: 'APIResourceList' });
  }

  addFixed({ path, id, tag, answer }: FixedPath): void {
    const schema =
      answer === 'Info'
        ? this.catalogue.versionPointer(this.writer)
        : this.catalogue.sharedPointer(this.writer, answer);
    const types = answer === 'Info' ? [CONTENT_TYPES.json] : Object.values(CONTENT_TYPES);
    this.paths[path] = {
      get: {
        tags: [tag],
        ...(this.flavor === 'v2' ? { schemes: ['https'], consumes: types, produces: types } : {}),
        operationId: id,
        responses: this.responses([200], types, schema),
      },
    };
  }

  /** Every model that the paths point to, directly or through others. */
  models(): JsonObject {
    const models: JsonObject = this.catalogue.customModels(this.writer, this.customGroupVersions);
    for (const [ref, schema] of this.writer.refs) {
      const model = this.writer.builtinModel(schema);
      const kinds = this.catalogue.kindsOf(ref, this.kinds, [...this.groupVersions.values()]);
      if (kinds.length > 0) model['x-kubernetes-group-version-kind'] = kinds;
      models[modelName(ref)] = model;
    }
    for (const special of this.writer.specials) {
      const description = this.descriptions.describeType(special);
      const model = this.writer.specialModel(special);
      models[SPECIAL_MODELS[special]] = description === undefined ? model : { description, ...model };
    }
    return models;
  }

  private noteKind(gvk: GroupVersionKind): void {
    this.kinds.push(gvk, { ...gvk, kind: `${gvk.kind}List` });
  }

  private operation(operation: Operation, tag: string, custom: boolean): JsonObject {
    const schema = this.schema(operation.answer, operation.kind);
    const produces = producedTypes(operation, custom);
    return {
      tags: [tag],
      ...(this.flavor === 'v2'
        ? { schemes: ['https'], consumes: this.consumedTypes(operation, custom), produces }
        : {}),
      operationId: operation.id,
      ...this.inputs(operation, custom),
      responses: this.responses(operation.codes, produces, schema),
      ...(operation.deprecated ? { deprecated: true } : {}),
      'x-kubernetes-action': operation.action,
      'x-kubernetes-group-version-kind': gvkOf(operation.kind),
    };
  }

  private inputs({ parameters, body, kind, method }: Operation, custom: boolean): JsonObject {
    if (this.flavor === 'v2') {
      const schema = body === undefined ? undefined : this.schema(body.payload, kind);
      const listed = parameters.map((name) =>
        method === 'patch' && name === 'fieldManager' ? PATCH_FIELD_MANAGER : parameterV2(name),
      );
      const all =
        schema === undefined
          ? listed
          : [{ name: 'body', in: 'body', ...(body!.required ? { required: true } : {}), schema }, ...listed];
      return all.length === 0 ? {} : { parameters: all };
    }
    const out: JsonObject = {};
    if (parameters.length > 0) out['parameters'] = parameters.map(parameterV3);
    if (body !== undefined) {
      const schema = this.schema(body.payload, kind)!;
      const types = body.payload === 'Patch' ? patchTypes(custom) : custom ? CUSTOM_TYPES : [ANY];
      out['requestBody'] = { content: contentOf(types, schema), ...(body.required ? { required: true } : {}) };
    }
    return out;
  }

  private consumedTypes({ body }: Operation, custom: boolean): string[] {
    if (body?.payload === 'Patch') return patchTypes(custom);
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
        return { type: 'string' };
      default:
        return this.catalogue.sharedPointer(this.writer, payload);
    }
  }
}

/** The reference shares two forms of this parameter in v2: patches have one of their own. */
const PATCH_FIELD_MANAGER: JsonObject = { $ref: '#/parameters/fieldManager-7c6nTn1T' };
const CUSTOM_TYPES: readonly string[] = [CONTENT_TYPES.json, CONTENT_TYPES.yaml];

function patchTypes(custom: boolean): string[] {
  const { json, merge, strategic, apply } = PATCH_CONTENT_TYPES;
  return custom ? [json, merge, apply] : [json, merge, strategic, apply];
}

function producedTypes({ answer, action, streams }: Operation, custom: boolean): string[] {
  if (action === 'connect') return [ANY];
  const types = custom ? [...CUSTOM_TYPES] : Object.values(CONTENT_TYPES);
  if (answer === 'text') return ['text/plain', ...types];
  if (!streams || custom) return types;
  return [...types, `${CONTENT_TYPES.json}${STREAM}`, `${CONTENT_TYPES.protobuf}${STREAM}`];
}

function contentOf(types: readonly string[], schema: JsonObject): JsonObject {
  return Object.fromEntries(types.map((type) => [type, { schema }]));
}
