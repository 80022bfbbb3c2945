import type { Schema, ValidationRule } from '../../schema/schema.js';
import type { Checked } from '../checker.js';
import { compileCel } from '../compile.js';
import { constantConversionFault } from '../constant-conversions.js';
import { estimateCost } from '../cost.js';
import type { Environment } from '../environment.js';
import type { SizeOfPath } from '../estimate.js';
import { Program } from '../evaluate.js';
import { kubernetesEnvironment } from '../library/kubernetes.js';
import { CelCompileError } from '../source.js';
import { type CelType, optionalOf } from '../type.js';
import { DeclaredObjects, type DeclaredType, REQUEST_BYTES_MAX } from './declared-type.js';
import { fieldNamed } from './property-names.js';

/** Name of the type of `self`, where it is an object. */
const SELF_TYPE = 'selfType';

/** An expression that compiled, or why it did not. */
export type CompiledExpression = { readonly program: Program; readonly costMax: number } | { readonly fault: string };

export interface CompiledRule {
  readonly source: ValidationRule;
  readonly rule: CompiledExpression;
  readonly messageExpression?: CompiledExpression;
  /** The rule compares with the value before: it is about changes. */
  readonly usesOldSelf: boolean;
}

/**
 * Compiles the rules of one schema.
 * @param declared what {@link declareSchema} makes of it
 */
export function compileRules(schema: Schema, declared: DeclaredType): CompiledRule[] {
  const objects = new DeclaredObjects();
  const self = objects.typeOf(declared, SELF_TYPE);
  const sizeOfPath = sizesOf(declared);
  const environments = new Map<boolean, Environment>();
  const environmentFor = (optional: boolean): Environment => {
    let environment = environments.get(optional);
    if (environment === undefined) {
      const variables: [string, CelType][] = [
        ['self', self],
        ['oldSelf', optional ? optionalOf(self) : self],
      ];
      environment = kubernetesEnvironment().extend(variables, objects);
      environments.set(optional, environment);
    }
    return environment;
  };
  return (schema.rules ?? []).map((source) => {
    const environment = environmentFor(source.optionalOldSelf === true);
    return compileRule(source, environment, sizeOfPath);
  });
}

function compileRule(source: ValidationRule, environment: Environment, sizeOfPath: SizeOfPath): CompiledRule {
  const rule = compileExpression(source.rule, environment, sizeOfPath, {
    lead: 'compilation failed: ',
    instantiation: 'program',
    kind: 'bool',
    wrongType: 'cel expression must evaluate to a bool',
  });
  const usesOldSelf = rule.checked !== undefined && namesOldSelf(rule.checked);
  const { messageExpression } = source;
  if (messageExpression === undefined || messageExpression === '' || rule.checked === undefined) {
    return { source, rule: rule.expression, usesOldSelf };
  }
  const message = compileExpression(messageExpression, environment, sizeOfPath, {
    lead: 'messageExpression compilation failed: ',
    instantiation: 'messageExpression',
    kind: 'string',
    wrongType: 'messageExpression must evaluate to a string',
  });
  return { source, rule: rule.expression, messageExpression: message.expression, usesOldSelf };
}

interface Wanted {
  readonly lead: string;
  readonly instantiation: string;
  readonly kind: CelType['kind'];
  readonly wrongType: string;
}

function compileExpression(
  source: string,
  environment: Environment,
  sizeOfPath: SizeOfPath,
  wanted: Wanted,
): { expression: CompiledExpression; checked?: Checked } {
  try {
    const checked = compileCel(source, environment);
    if (checked.types.get(checked.expr.id)!.kind !== wanted.kind) return { expression: { fault: wanted.wrongType } };
    const conversion = constantConversionFault(checked);
    if (conversion !== undefined) {
      return { expression: { fault: `${wanted.instantiation} instantiation failed: ${conversion}` } };
    }
    const costMax = estimateCost(checked, sizeOfPath).max;
    return { expression: { program: new Program(checked), costMax }, checked };
  } catch (error) {
    if (error instanceof CelCompileError) return { expression: { fault: wanted.lead + error.message } };
    throw error;
  }
}

function namesOldSelf(checked: Checked): boolean {
  for (const reference of checked.references.values()) {
    if (reference.kind === 'variable' && reference.name === 'oldSelf') return true;
  }
  return false;
}

/** Sizes by the path through the type of `self`: the first name is the variable, whichever. */
function sizesOf(self: DeclaredType): SizeOfPath {
  return (path) => {
    if (path.length === 0) return undefined;
    let declared: DeclaredType | undefined = self;
    for (const name of path.slice(1)) {
      if (name === '@items' || name === '@values') declared = declared.element;
      else if (name === '@keys') declared = declared.key;
      else declared = declared.fields && fieldNamed(declared.fields, name);
      if (declared === undefined) return undefined;
    }
    return { min: 0, max: declared.elementsMax };
  };
}

/** How often a value may occur in one request when nothing else bounds it. */
export function occurrencesMax(declared: DeclaredType): number {
  return Math.floor(REQUEST_BYTES_MAX / (declared.bytesMin + 1));
}
