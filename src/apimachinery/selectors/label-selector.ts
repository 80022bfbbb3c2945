import { badRequest } from '../errors/status-error.js';
import { isJsonObject, type JsonObject, type JsonValue } from '../meta/json.js';
import { labelTokens, type Token, type TokenKind } from './label-lexer.js';
import {
  formatRequirement,
  type LabelOperator,
  labelKeyFault,
  newRequirement,
  type Requirement,
} from './requirement.js';
import { EVERYTHING, type Selector } from './selector.js';

/** Matches no object at all: what an absent LabelSelector object stands for. */
export const NOTHING: Selector = { isEverything: false, matches: () => false, exact: [], toString: () => '' };

/**
 * Parses the text of a label selector (`app=web,env in (prod,dev),!legacy,size>3`).
 * @throws StatusError 400 with upstream's text
 * @see https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors
 */
export function parseLabelSelector(text: string): Selector {
  return text === '' ? EVERYTHING : selectorOf(new LabelParser(labelTokens(text)).parse());
}

/**
 * The selector of a metav1.LabelSelector in JSON: undefined and null match nothing, `{}` matches everything. With faults
 * (upstream's texts, in order) the selector matches nothing.
 */
export function labelSelectorFromObject(object: JsonValue | undefined): { selector: Selector; errors: string[] } {
  if (!isJsonObject(object)) return { selector: NOTHING, errors: [] };
  const requirements: Requirement[] = [];
  const errors: string[] = [];
  const add = (made: Requirement | string): void => {
    if (typeof made === 'string') errors.push(made);
    else requirements.push(made);
  };
  const labels = isJsonObject(object.matchLabels) ? object.matchLabels : {};
  for (const key of Object.keys(labels).sort()) add(newRequirement(key, '=', [String(labels[key])]));
  for (const expression of Array.isArray(object.matchExpressions) ? object.matchExpressions : []) {
    if (isJsonObject(expression)) add(requirementOf(expression));
  }
  return errors.length > 0 ? { selector: NOTHING, errors } : { selector: selectorOf(requirements), errors };
}

const OBJECT_OPERATORS: Readonly<Record<string, LabelOperator>> = {
  In: 'in',
  NotIn: 'notin',
  Exists: 'exists',
  DoesNotExist: '!',
};

function requirementOf(expression: JsonObject): Requirement | string {
  const name = String(expression.operator ?? '');
  const operator = Object.hasOwn(OBJECT_OPERATORS, name) ? OBJECT_OPERATORS[name] : undefined;
  if (operator === undefined) return `${JSON.stringify(name)} is not a valid label selector operator`;
  const values = Array.isArray(expression.values) ? expression.values.map(String) : [];
  return newRequirement(String(expression.key ?? ''), operator, values);
}

function selectorOf(given: readonly Requirement[]): Selector {
  if (given.length === 0) return EVERYTHING;
  const requirements = [...given].sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  const sets = requirements.filter(({ operator }) => operator === '=' || operator === '==' || operator === 'in');
  const exact = sets.filter(({ values }) => values.length === 1).map(({ key, values }) => ({ key, value: values[0]! }));
  const [narrowest] = sets.toSorted((a, b) => a.values.length - b.values.length);
  const oneOf = narrowest && { key: narrowest.key, values: narrowest.values };
  const tests = requirements.map((requirement) => requirement.matches);
  const matches =
    tests.length === 1 ? tests[0]! : (labels: Readonly<Record<string, string>>) => tests.every((test) => test(labels));
  return {
    isEverything: false,
    matches,
    exact,
    ...(oneOf && { oneOf }),
    toString: () => requirements.map(formatRequirement).join(','),
  };
}

const BINARY_OPERATORS: Partial<Record<TokenKind, LabelOperator>> = {
  in: 'in',
  notin: 'notin',
  '=': '=',
  '==': '==',
  '!=': '!=',
  '>': 'gt',
  '<': 'lt',
};

/** Recursive descent over the tokens; error texts are those that clients of kube-apiserver see. */
class LabelParser {
  private at = 0;

  constructor(private readonly tokens: readonly Token[]) {}

  parse(): Requirement[] {
    const requirements: Requirement[] = [];
    let token = this.peekWord();
    if (token.kind === 'end') return requirements;
    if (token.kind !== 'identifier' && token.kind !== '!') {
      throw badRequest(`found '${token.text}', expected: !, identifier, or 'end of string'`);
    }
    for (;;) {
      requirements.push(this.requirement());
      token = this.takeWord();
      if (token.kind === 'end') return requirements;
      if (token.kind !== ',') throw badRequest(`found '${token.text}', expected: ',' or 'end of string'`);
      token = this.peekWord();
      if (token.kind !== 'identifier' && token.kind !== '!') {
        throw badRequest(`found '${token.text}', expected: identifier after ','`);
      }
    }
  }

  private requirement(): Requirement {
    const absent = this.peekWord().kind === '!';
    if (absent) this.at++;
    const key = this.takeWord();
    if (key.kind !== 'identifier') throw this.fault(`found '${key.text}', expected: identifier`);
    const keyFault = labelKeyFault(key.text, '<nil>');
    if (keyFault !== undefined) throw this.fault(keyFault);
    if (absent) return this.made(newRequirement(key.text, '!', []));
    const next = this.peekWord().kind;
    if (next === 'end' || next === ',') return this.made(newRequirement(key.text, 'exists', []));
    const operator = this.operator();
    const values = operator === 'in' || operator === 'notin' ? this.valueSet() : [this.exactValue()];
    return this.made(newRequirement(key.text, operator, values));
  }

  private operator(): LabelOperator {
    const token = this.tokens[this.at++]!;
    const operator = BINARY_OPERATORS[token.kind];
    if (operator === undefined) throw this.fault(`found '${token.text}', expected: in, notin, =, ==, !=, gt, lt`);
    return operator;
  }

  /** `(a,b)`; an empty place between commas, and empty brackets, stand for the empty value. */
  private valueSet(): string[] {
    const open = this.takeWord();
    if (open.kind !== '(') throw this.fault(`found '${open.text}' expected: '('`);
    const first = this.peekWord();
    if (first.kind === ')') {
      this.at++;
      return [''];
    }
    if (first.kind !== 'identifier' && first.kind !== ',') {
      throw this.fault(`found '${first.text}', expected: ',', ')' or identifier`);
    }
    const values = this.valueList();
    this.at++; // ')'
    return values;
  }

  private valueList(): string[] {
    const values: string[] = [];
    for (;;) {
      const token = this.takeWord();
      const next = this.peekWord();
      if (token.kind === 'identifier') {
        values.push(token.text);
        if (next.kind === ')') return values;
        if (next.kind !== ',') throw this.fault(`found '${next.text}', expected: ',' or ')'`);
      } else if (token.kind === ',') {
        if (values.length === 0 || next.kind === ',' || next.kind === ')') values.push('');
        if (next.kind === ')') return values;
      } else {
        throw this.fault(`found '${token.text}', expected: ',', or identifier`);
      }
    }
  }

  private exactValue(): string {
    const next = this.peekWord();
    if (next.kind === 'end' || next.kind === ',') return '';
    this.at++;
    if (next.kind !== 'identifier') throw this.fault(`found '${next.text}', expected: identifier`);
    return next.text;
  }

  private made(requirement: Requirement | string): Requirement {
    if (typeof requirement === 'string') throw this.fault(requirement);
    return requirement;
  }

  private fault(text: string): Error {
    return badRequest(`unable to parse requirement: ${text}`);
  }

  /** The next token where a key or a value may stand: `in` and `notin` are words there. */
  private peekWord(): Token {
    const token = this.tokens[Math.min(this.at, this.tokens.length - 1)]!;
    return token.kind === 'in' || token.kind === 'notin' ? { kind: 'identifier', text: token.text } : token;
  }

  private takeWord(): Token {
    const token = this.peekWord();
    this.at++;
    return token;
  }
}
