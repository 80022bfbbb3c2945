import { compileCel } from '../../apimachinery/cel/compile.js';
import { Environment } from '../../apimachinery/cel/environment.js';
import { KUBERNETES_LIBRARIES, KUBERNETES_SYNTAX } from '../../apimachinery/cel/library/kubernetes.js';
import { CelCompileError } from '../../apimachinery/cel/source.js';
import { BOOL, type CelType, DYN, listOf, NULL, STRING, sameType } from '../../apimachinery/cel/type.js';
import {
  APPLIED_OBJECT,
  AUTHORIZER_VARIABLES,
  DEVICE_VARIABLE,
  JSON_PATCH,
  PARAMS_VARIABLE,
  POLICY_LIBRARIES,
  policyTypes,
  REQUEST_VARIABLES,
  VARIABLES_VARIABLE,
} from './cel-signatures.js';
import type { ExpressionChecker, ExpressionSession, ExpressionUse } from './expression-checker.js';

/** Types that a result may have; of a variable: any. */
const RESULTS: Readonly<Record<Exclude<ExpressionUse, 'variable' | 'deviceSelector'>, readonly CelType[]>> = {
  matchCondition: [BOOL],
  validation: [BOOL],
  messageExpression: [STRING],
  auditAnnotation: [STRING, NULL],
  applyConfiguration: [APPLIED_OBJECT],
  jsonPatch: [listOf(JSON_PATCH)],
};

const mutates = (use: ExpressionUse): boolean => use === 'applyConfiguration' || use === 'jsonPatch';
const LITERAL_FAULT = /^'(JSONPatch|Object(\.[A-Za-z0-9_.]+)?)' is not a message type$/;

/** Compiles expressions to find their faults; what compiles is thrown away. */
export class CelExpressions implements ExpressionChecker {
  private base: Environment | undefined;

  start(hasParams: boolean): ExpressionSession {
    this.base ??= Environment.of([...KUBERNETES_LIBRARIES, ...POLICY_LIBRARIES], KUBERNETES_SYNTAX);
    return new CelSession(this.base, hasParams);
  }
}

class CelSession implements ExpressionSession {
  /** Types by name; read by the environments that are there already. */
  private readonly variables = new Map<string, CelType>();
  private readonly environments = new Map<string, Environment>();

  constructor(
    private readonly base: Environment,
    private readonly hasParams: boolean,
  ) {}

  fault(expression: string, use: ExpressionUse): string | undefined {
    const { fault, type } = this.compile(expression, use);
    if (type === undefined || use === 'variable') return fault;
    if (use === 'deviceSelector') {
      const fits = sameType(type, BOOL) || type.kind === 'dyn';
      return fits ? undefined : `must evaluate to bool or the unknown type, not ${type}`;
    }
    const wanted = RESULTS[use];
    if (wanted.some((one) => sameType(one, type))) return undefined;
    const names = wanted.length === 1 ? `${wanted[0]}` : `one of [${wanted.map((one) => one.runtimeName).join(' ')}]`;
    return `must evaluate to ${names} but got ${type}`;
  }

  declare(name: string, expression: string): string | undefined {
    const { fault, type } = this.compile(expression, 'variable');
    // What does not compile has a fault of its own already: whoever names it is not blamed for it.
    this.variables.set(name, type ?? DYN);
    return fault;
  }

  private compile(expression: string, use: ExpressionUse): { fault?: string; type?: CelType } {
    try {
      const checked = compileCel(expression, this.environment(use));
      return { type: checked.types.get(checked.expr.id)! };
    } catch (error) {
      if (!(error instanceof CelCompileError)) throw error;
      // The checker does not know literals of object types: where nothing else is wrong, the expression is taken as it is.
      if (mutates(use) && error.issues.every(({ message }) => LITERAL_FAULT.test(message))) return {};
      return { fault: `compilation failed: ${error.message}` };
    }
  }

  private environment(use: ExpressionUse): Environment {
    const composed = this.variables.size > 0 && use !== 'matchCondition';
    const key = `${use === 'deviceSelector'}/${use === 'messageExpression'}/${mutates(use)}/${composed}`;
    let environment = this.environments.get(key);
    if (environment === undefined) {
      environment = this.base.extend(
        use === 'deviceSelector'
          ? [DEVICE_VARIABLE]
          : [
              ...REQUEST_VARIABLES,
              ...(use === 'messageExpression' ? [] : AUTHORIZER_VARIABLES),
              ...(this.hasParams ? [PARAMS_VARIABLE] : []),
              ...(composed ? [VARIABLES_VARIABLE] : []),
            ],
        policyTypes(this.variables, mutates(use)),
      );
      this.environments.set(key, environment);
    }
    return environment;
  }
}
