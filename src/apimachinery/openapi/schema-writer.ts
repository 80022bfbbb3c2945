import type { JsonObject, JsonValue } from '../meta/json.js';
import type { Schema, ValueValidation } from '../schema/schema.js';
import { isSpecialModel, modelName, SPECIAL_MODELS, type SpecialModel } from './model-names.js';

/** v2 is Swagger 2.0: no defaults, no nullable, no alternatives. */
export type OpenApiFlavor = 'v2' | 'v3';

/** Texts of built-in types and their fields for `kubectl explain`; undefined where none is known. */
export interface DescriptionSource {
  /** Differs between sources whose texts differ; '' where there are none. */
  readonly edition: string;
  /** @param ref of a built-in type, or the model name of a value with a text form */
  describeType(ref: string): string | undefined;
  describeField(ref: string, field: string): string | undefined;
}

export const NO_DESCRIPTIONS: DescriptionSource = {
  edition: '',
  describeType: () => undefined,
  describeField: () => undefined,
};

/** Writes schemas as OpenAPI and remembers which models they point to. */
export class SchemaWriter {
  /** Built-in types that were pointed to, by ref. */
  readonly refs = new Map<string, Schema>();
  readonly specials = new Set<SpecialModel>();

  constructor(
    readonly flavor: OpenApiFlavor,
    private readonly descriptions: DescriptionSource,
  ) {}

  /** A pointer to a model. */
  pointer(model: string): JsonObject {
    return { $ref: `${this.flavor === 'v2' ? '#/definitions/' : '#/components/schemas/'}${model}` };
  }

  /** A pointer to a built-in type, which then belongs to the document. */
  pointerTo(schema: Schema): JsonObject {
    const ref = schema.ref!;
    if (!this.refs.has(ref)) this.refs.set(ref, schema.declared ?? schema);
    return this.pointer(modelName(ref));
  }

  specialPointer(special: SpecialModel): JsonObject {
    this.specials.add(special);
    return this.pointer(SPECIAL_MODELS[special]);
  }

  /** The model of a built-in type itself. */
  builtinModel(schema: Schema): JsonObject {
    const ref = schema.ref!;
    const model: JsonObject = {};
    const description = this.descriptions.describeType(ref);
    if (description !== undefined) model['description'] = description;
    if (schema.type === undefined) return model;
    model['type'] = 'object';
    if ((schema.required ?? []).length > 0) model['required'] = [...schema.required!];
    if (schema.properties !== undefined && schema.properties.size > 0) {
      const properties: JsonObject = {};
      for (const [name, field] of schema.properties) {
        properties[name] = this.builtinField(field, this.descriptions.describeField(ref, name));
      }
      model['properties'] = properties;
    }
    if (schema.mapType !== undefined) model['x-kubernetes-map-type'] = schema.mapType;
    if (schema.unions !== undefined) model['x-kubernetes-unions'] = schema.unions;
    return model;
  }

  /** The text of a built-in type's field, as the start of what a document says of such a field. */
  described(ref: string, field: string): JsonObject {
    const description = this.descriptions.describeField(ref, field);
    return description === undefined ? {} : { description };
  }

  /** The model of a special form. */
  specialModel(special: SpecialModel): JsonObject {
    const description = this.descriptions.describeType(SPECIAL_MODELS[special]);
    return { ...(description !== undefined && { description }), ...this.specialForm(special) };
  }

  private specialForm(special: SpecialModel): JsonObject {
    const v3 = this.flavor === 'v3';
    switch (special) {
      case 'Quantity':
        return v3 ? { oneOf: [{ type: 'string' }, { type: 'number' }] } : { type: 'string' };
      case 'IntOrString':
        return v3
          ? { format: 'int-or-string', oneOf: [{ type: 'integer' }, { type: 'string' }] }
          : { type: 'string', format: 'int-or-string' };
      case 'Time':
      case 'MicroTime':
        return { type: 'string', format: 'date-time' };
      case 'Duration':
        return { type: 'string' };
      case 'JSON':
        return {};
      default:
        return { type: 'object' };
    }
  }

  private builtinField(schema: Schema, description: string | undefined): JsonObject {
    const out: JsonObject = {};
    if (description !== undefined) out['description'] = description;
    const target = this.target(schema);
    if (target === undefined) Object.assign(out, this.builtinValue(schema));
    else if (this.flavor === 'v2') Object.assign(out, target);
    else out['allOf'] = [target];
    this.addDefault(out, schema);
    if (schema.validation?.enum !== undefined) out['enum'] = [...schema.validation.enum];
    // A type's own model tells the map type, unless the field has another.
    addListAndMap(out, schema, schema.ref === undefined || schema.mapType !== schema.declared?.mapType);
    if (schema.patchMergeKey !== undefined) out['x-kubernetes-patch-merge-key'] = schema.patchMergeKey;
    if (schema.patchStrategy !== undefined) out['x-kubernetes-patch-strategy'] = schema.patchStrategy;
    return out;
  }

  /** Elements of lists and maps point to models without a wrapper. */
  private element(schema: Schema): JsonObject {
    return this.target(schema) ?? this.builtinValue(schema);
  }

  private target(schema: Schema): JsonObject | undefined {
    if (schema.ref !== undefined) return this.pointerTo(schema);
    const special = schema.codec?.special;
    return isSpecialModel(special) && schema.items === undefined && schema.additionalProperties === undefined
      ? this.specialPointer(special)
      : undefined;
  }

  private builtinValue(schema: Schema): JsonObject {
    const out: JsonObject = {};
    if (schema.type !== undefined) out['type'] = schema.type;
    if (schema.format !== undefined) out['format'] = schema.format;
    if (schema.items !== undefined) out['items'] = this.element(schema.items);
    if (schema.additionalProperties !== undefined && schema.additionalProperties !== true) {
      out['additionalProperties'] = this.element(schema.additionalProperties);
    }
    return out;
  }

  private addDefault(out: JsonObject, schema: Schema): void {
    if (this.flavor === 'v2') return;
    if (schema.default !== undefined) out['default'] = schema.default;
    else if (schema.codec?.zeroDefault === true) out['default'] = zeroOf(schema);
  }

  /** A custom resource's schema, or a part of it. */
  custom(schema: Schema): JsonObject {
    const v2 = this.flavor === 'v2';
    const out: JsonObject = {};
    if (schema.description !== undefined) out['description'] = schema.description;
    if (schema.title !== undefined) out['title'] = schema.title;
    if (schema.intOrString) {
      if (!v2) out['anyOf'] = [{ type: 'integer' }, { type: 'string' }];
      out['x-kubernetes-int-or-string'] = true;
    }
    const opaque = v2 && (schema.nullable === true || schema.preserveUnknownFields === true);
    if (schema.type !== undefined && !schema.intOrString && !(v2 && schema.nullable)) out['type'] = schema.type;
    if (schema.format !== undefined) out['format'] = schema.format;
    if (schema.nullable && !v2) out['nullable'] = true;
    if (schema.default !== undefined && !v2) out['default'] = schema.default;
    if ((schema.required ?? []).length > 0 && !opaque) out['required'] = [...schema.required!];
    if (!opaque) this.customChildren(out, schema);
    if (schema.validation !== undefined) this.customValidation(out, schema.validation);
    addListAndMap(out, schema, true);
    if (schema.preserveUnknownFields) out['x-kubernetes-preserve-unknown-fields'] = true;
    if (schema.embeddedResource) out['x-kubernetes-embedded-resource'] = true;
    if ((schema.rules ?? []).length > 0) out['x-kubernetes-validations'] = schema.rules!.map((rule) => ({ ...rule }));
    return out;
  }

  private customChildren(out: JsonObject, schema: Schema): void {
    if (schema.items !== undefined) out['items'] = this.custom(schema.items);
    if (schema.properties !== undefined && schema.properties.size > 0) {
      out['properties'] = Object.fromEntries([...schema.properties].map(([name, field]) => [name, this.custom(field)]));
    }
    if (schema.additionalProperties !== undefined) {
      out['additionalProperties'] =
        schema.additionalProperties === true ? true : this.custom(schema.additionalProperties);
    }
  }

  private customValidation(out: JsonObject, validation: ValueValidation): void {
    const { allOf, anyOf, oneOf, not, ...keywords } = validation;
    for (const [keyword, value] of Object.entries(keywords)) {
      if (value !== undefined) out[keyword] = value as JsonValue;
    }
    if (this.flavor === 'v2') return;
    if (allOf !== undefined) out['allOf'] = allOf.map((part) => this.custom(part));
    if (anyOf !== undefined) out['anyOf'] = anyOf.map((part) => this.custom(part));
    if (oneOf !== undefined) out['oneOf'] = oneOf.map((part) => this.custom(part));
    if (not !== undefined) out['not'] = this.custom(not);
  }
}

function addListAndMap(out: JsonObject, schema: Schema, ownMapType: boolean): void {
  if (schema.listMapKeys !== undefined) out['x-kubernetes-list-map-keys'] = [...schema.listMapKeys];
  if (schema.listType !== undefined) out['x-kubernetes-list-type'] = schema.listType;
  if (ownMapType && schema.mapType !== undefined) out['x-kubernetes-map-type'] = schema.mapType;
}

function zeroOf(schema: Schema): JsonValue {
  if (schema.ref !== undefined) return {};
  switch (schema.type) {
    case 'integer':
    case 'number':
      return 0;
    case 'boolean':
      return false;
    case 'string':
      return '';
    default:
      return {};
  }
}
