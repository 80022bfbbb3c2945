import { badRequest, internalError, invalid } from '../../apimachinery/errors/status-error.js';
import { isJsonObject, type JsonObject } from '../../apimachinery/meta/json.js';
import { decodeJsonText } from '../../apimachinery/runtime/strict-json.js';
import { compileCrdSchema } from '../../apimachinery/schema/compile-crd.js';
import { applyDefaults } from '../../apimachinery/schema/defaulting.js';
import { pruneValue } from '../../apimachinery/schema/prune.js';
import type { Schema } from '../../apimachinery/schema/schema.js';
import { validateValue } from '../../apimachinery/schema/validate.js';
import { FieldPath } from '../../apimachinery/validation/field-error.js';
import type { Client } from '../../client/client.js';
import { type ApiObjectLike, resourceTypeOf } from '../../client/resource-type.js';
import type { RestContext } from '../../registry/rest/context.js';
import type { DirectAnswers, DirectRequest, RestStorage } from '../../registry/rest/storage.js';
import type { ServesSubresource, SubresourceRole } from '../decorators/serves.js';
import { checkRules } from '../schema/class-rules.js';
import { type ClassSchema, ClassSchemaBuilder } from '../schema/class-schema.js';
import { callPlugin } from './call-plugin.js';

/** A provider with `@Subresource` as what answers below its objects. */
export class SubresourceStorage implements RestStorage {
  readonly direct: DirectAnswers;
  private readonly body: { readonly content: ClassSchema; readonly schema: Schema } | undefined;

  /** @param faults of the body's class */
  constructor(
    private readonly where: string,
    private readonly role: SubresourceRole,
    private readonly provider: ServesSubresource<ApiObjectLike, never>,
    private readonly client: Client,
    faults: string[],
  ) {
    if (role.body !== undefined) {
      const content = ClassSchemaBuilder.build(role.body, faults);
      this.body = { content, schema: compileCrdSchema(content.schema) };
    }
    const verbs: DirectAnswers['verbs'] = [
      ...(provider.get === undefined ? [] : (['get'] as const)),
      ...(provider.post === undefined ? [] : (['create'] as const)),
    ];
    this.direct = { verbs, answer: (ctx, name, request) => this.answer(ctx, name, request) };
  }

  private async answer(ctx: RestContext, name: string, request: DirectRequest): Promise<JsonObject> {
    const { user, namespace, signal } = ctx;
    const context = { user, namespace, ...(signal && { signal }) };
    const object = await this.client.for(this.role.resource).get(name, { namespace });
    const reads = request.verb === 'get';
    const body = reads ? undefined : await this.readBody(name, request);
    const answer: unknown = await callPlugin(this.where, () =>
      reads ? this.provider.get!(object, context) : this.provider.post!(object, body as never, context),
    );
    if (!isJsonObject(answer)) throw internalError(`${this.where} answered with no object`);
    return answer;
  }

  /** @throws StatusError 400, 422 */
  private async readBody(name: string, request: DirectRequest): Promise<JsonObject | undefined> {
    if (this.body === undefined) return undefined;
    const { content, schema } = this.body;
    const value = parse(await request.body());
    pruneValue(schema, value);
    applyDefaults(schema, value);
    const at = FieldPath.root();
    const faults = validateValue(schema, value, at);
    const all = faults.length > 0 || content.rules === undefined ? faults : checkRules(content.rules, value);
    if (all.length === 0) return value;
    const { group } = resourceTypeOf(this.role.resource);
    throw invalid({ group, kind: this.role.body!.name }, name, all);
  }
}

function parse(body: Buffer): JsonObject {
  if (body.length === 0) return {};
  let value: unknown;
  try {
    value = decodeJsonText(body, []);
  } catch (error) {
    throw badRequest(`the body is no JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (!isJsonObject(value)) throw badRequest('the body must be an object');
  return value;
}
