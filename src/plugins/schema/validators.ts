import { getMetadataStorage } from 'class-validator';
import type { ConstraintMetadata } from 'class-validator/types/metadata/ConstraintMetadata.js';
import type { ValidationMetadata } from 'class-validator/types/metadata/ValidationMetadata.js';
import type { SchemaClass, SchemaJson } from '../decorators/field.js';
import { VALIDATOR_KEYWORDS } from './validator-keywords.js';

/** What class-validator's decorators say of one field. */
export interface FieldValidators {
  /** Of the field itself. */
  readonly keywords: SchemaJson;
  /** Of each item of a list. */
  readonly itemKeywords: SchemaJson;
  readonly optional: boolean;
  /** The field holds an object of a class, or a list of them. */
  readonly nested: boolean;
  /** Validators that no schema can say. */
  readonly rules: readonly ValidationMetadata[];
  /** `@ValidateIf`: rules count only where these are true. */
  readonly conditions: readonly ValidationMetadata[];
}

const NESTED = 'nestedValidation';
const CONDITIONAL = 'conditionalValidation';
const ALLOWED = 'whitelistValidation';

/** Validators by field, of a class and those it extends. */
export function validatorsOf(schemaClass: SchemaClass): ReadonlyMap<string, FieldValidators> {
  const byField = new Map<string, ValidationMetadata[]>();
  for (const each of getMetadataStorage().getTargetValidationMetadatas(schemaClass, '', false, false)) {
    byField.set(each.propertyName, [...(byField.get(each.propertyName) ?? []), each]);
  }
  return new Map([...byField].map(([name, all]) => [name, sortOut(all)]));
}

function sortOut(all: readonly ValidationMetadata[]): FieldValidators {
  const optional = all.some(({ type, name }) => type === CONDITIONAL && name === 'isOptional');
  const conditions = all.filter(({ type, name }) => type === CONDITIONAL && name !== 'isOptional');
  const keywords: SchemaJson = {};
  const itemKeywords: SchemaJson = {};
  const rules: ValidationMetadata[] = [];
  for (const each of all) {
    if (each.type === NESTED || each.type === CONDITIONAL || each.type === ALLOWED) continue;
    // A schema has no conditions, so what has one is left to the validator itself.
    const said = conditions.length > 0 ? undefined : keywordsOf(each);
    if (said === undefined) rules.push(each);
    else Object.assign(each.each ? itemKeywords : keywords, said);
  }
  const nested = all.some(({ type }) => type === NESTED);
  return { keywords, itemKeywords, optional: optional || conditions.length > 0, nested, rules, conditions };
}

/** An empty text is no text for `@IsNotEmpty`; of anything else it says that it is there, which `required` says. */
function keywordsOf({ name = '', constraints = [] }: ValidationMetadata): SchemaJson | undefined {
  if (name === 'isNotEmpty') return { minLength: 1 };
  return Object.hasOwn(VALIDATOR_KEYWORDS, name) ? VALIDATOR_KEYWORDS[name]!(constraints as unknown[]) : undefined;
}

/** The objects that do the work of a validator. */
export function constraintsOf({ constraintCls }: ValidationMetadata): readonly ConstraintMetadata[] {
  return getMetadataStorage().getTargetValidatorConstraints(constraintCls);
}

export type { ConstraintMetadata, ValidationMetadata };
