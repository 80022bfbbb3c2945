import type { JsonObject } from '../../apimachinery/meta/json.js';
import type { FieldError, FieldPath } from '../../apimachinery/validation/field-error.js';

/** What a schema check needs to know about where the schema stands. */
export interface SchemaCheckOptions {
  /** The version has the status subresource: the root may then hold only certain keywords. */
  readonly statusSubresource: boolean;
  /** The same version's schema before an update: what was accepted once stays accepted. */
  readonly oldSchema?: JsonObject;
}

/** Judges one `openAPIV3Schema`: supported keywords, structural rules, defaults, list types, rules. */
export type CrdSchemaCheck = (schema: JsonObject, at: FieldPath, options: SchemaCheckOptions) => FieldError[];
