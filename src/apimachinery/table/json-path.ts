import { isJsonObject, type JsonObject, type JsonValue } from '../meta/json.js';

/** The text of a path cannot be read. */
export class JsonPathError extends Error {}

/** Finds values in an object; missing fields find nothing. */
export type JsonPath = (object: Readonly<JsonObject>) => JsonValue[];

type Step = (values: JsonValue[], root: JsonValue) => JsonValue[];

/**
 * Compiles the paths that printer columns use: `.a.b`, `['a.b']`, `[0]`, `[-1]`, `[1:3]`, `[*]`, `..name`, `[0,2]` and filters
 * `[?(@.type=="Ready")]` (operators ==, !=, <, <=, >, >=, or mere existence).
 * @throws JsonPathError
 * @see https://kubernetes.io/docs/reference/kubectl/jsonpath/
 */
export function compileJsonPath(text: string): JsonPath {
  const parser = new PathParser(text.trim());
  const steps = parser.steps();
  return (object) => run(steps, [object as JsonObject], object as JsonObject);
}

function run(steps: readonly Step[], start: JsonValue[], root: JsonValue): JsonValue[] {
  let values = start;
  for (const step of steps) {
    if (values.length === 0) return values;
    values = step(values, root);
  }
  return values;
}

const FIELD = /(?:\\.|[^\s.[\](){}'",=<>!?|@$])+/y;
const COMPARISON = /\s*(==|!=|<=|>=|<|>)\s*/y;
const INTEGER = /^-?[0-9]+$/;

class PathParser {
  private at = 0;

  constructor(private readonly text: string) {}

  /** All steps to the end of the text. */
  steps(): Step[] {
    const steps = this.path();
    if (this.at < this.text.length) throw this.unexpected();
    return steps;
  }

  private path(): Step[] {
    const steps: Step[] = [];
    if (this.text[this.at] === '$' || this.text[this.at] === '@') this.at++;
    for (;;) {
      const c = this.text[this.at];
      if (c === '.') steps.push(...this.dotted());
      else if (c === '[') steps.push(this.bracketed());
      else return steps;
    }
  }

  private dotted(): Step[] {
    this.at++;
    if (this.text[this.at] === '.') {
      this.at++;
      return [descend, ...(this.text[this.at] === '[' ? [] : [this.named()])];
    }
    if (this.at === this.text.length || this.text[this.at] === '[') return [];
    return [this.named()];
  }

  private named(): Step {
    if (this.text[this.at] === '*') {
      this.at++;
      return children;
    }
    return fieldStep(this.match(FIELD).replaceAll(/\\(.)/g, '$1'));
  }

  private bracketed(): Step {
    this.at++;
    if (this.text.startsWith('?(', this.at)) return this.filter();
    const end = this.closing();
    const inside = this.text.slice(this.at, end).trim();
    this.at = end + 1;
    const parts = splitOutsideQuotes(inside).map((part) => this.element(part.trim()));
    return parts.length === 1 ? parts[0]! : (values, root) => parts.flatMap((part) => part(values, root));
  }

  private element(text: string): Step {
    if (text === '*') return children;
    const quoted = /^(['"])(.*)\1$/.exec(text);
    if (quoted !== null) return fieldStep(quoted[2]!.replaceAll(/\\(.)/g, '$1'));
    const bounds = text.split(':').map((bound) => bound.trim());
    if (bounds.length > 3 || bounds.some((bound) => bound !== '' && !INTEGER.test(bound))) throw this.unexpected();
    if (bounds.length === 1) {
      if (bounds[0] === '') throw this.unexpected();
      return indexStep(Number(bounds[0]));
    }
    const [from = '', to = '', step = ''] = bounds;
    return sliceStep(
      from === '' ? 0 : Number(from),
      to === '' ? undefined : Number(to),
      step === '' ? 1 : Number(step),
    );
  }

  private filter(): Step {
    this.at += 2;
    const left = this.operand();
    COMPARISON.lastIndex = this.at;
    const operator = COMPARISON.exec(this.text)?.[1];
    if (operator === undefined) {
      this.expect(')]');
      return keep((item, root) => left(item, root).length > 0);
    }
    this.at = COMPARISON.lastIndex;
    const right = this.operand();
    this.expect(')]');
    return keep((item, root) => compare(operator, left(item, root), right(item, root)));
  }

  private operand(): (item: JsonValue, root: JsonValue) => JsonValue[] {
    while (this.text[this.at] === ' ') this.at++;
    const c = this.text[this.at];
    if (c === '@' || c === '$') {
      const steps = this.path();
      return (item, root) => run(steps, [c === '@' ? item : root], root);
    }
    const literal = this.literal();
    return () => [literal];
  }

  private literal(): JsonValue {
    const quote = this.text[this.at];
    if (quote === '"' || quote === "'") {
      let end = this.at + 1;
      while (end < this.text.length && this.text[end] !== quote) end += this.text[end] === '\\' ? 2 : 1;
      if (end >= this.text.length) throw this.unexpected();
      const text = this.text.slice(this.at + 1, end).replaceAll(/\\(.)/g, '$1');
      this.at = end + 1;
      return text;
    }
    const word = this.match(/[^\s)=<>!]+/y);
    if (word === 'true' || word === 'false') return word === 'true';
    const number = Number(word);
    if (Number.isNaN(number)) throw this.unexpected();
    return number;
  }

  private closing(): number {
    let quote = '';
    for (let i = this.at; i < this.text.length; i++) {
      const c = this.text[i]!;
      if (quote !== '') {
        if (c === '\\') i++;
        else if (c === quote) quote = '';
      } else if (c === '"' || c === "'") quote = c;
      else if (c === ']') return i;
    }
    throw this.unexpected();
  }

  private match(pattern: RegExp): string {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text)?.[0];
    if (found === undefined) throw this.unexpected();
    this.at += found.length;
    return found;
  }

  private expect(text: string): void {
    while (this.text[this.at] === ' ') this.at++;
    if (!this.text.startsWith(text, this.at)) throw this.unexpected();
    this.at += text.length;
  }

  private unexpected(): JsonPathError {
    return new JsonPathError(`cannot read ${JSON.stringify(this.text)} from character ${this.at} on`);
  }
}

function splitOutsideQuotes(text: string): string[] {
  return text.match(/(?:'(?:\\.|[^'])*'|"(?:\\.|[^"])*"|[^,'"])+/g) ?? [text];
}

function fieldStep(name: string): Step {
  return (values) => {
    const found: JsonValue[] = [];
    for (const value of values) {
      if (!isJsonObject(value) || !Object.hasOwn(value, name)) continue;
      const inner = value[name];
      if (inner !== undefined) found.push(inner);
    }
    return found;
  };
}

function indexStep(index: number): Step {
  return (values) => {
    const found: JsonValue[] = [];
    for (const value of values) {
      if (!Array.isArray(value)) continue;
      const item = value.at(index);
      if (item !== undefined) found.push(item);
    }
    return found;
  };
}

function sliceStep(from: number, to: number | undefined, step: number): Step {
  return (values) =>
    values.flatMap((value) =>
      Array.isArray(value) ? value.slice(from, to).filter((_, i) => step > 0 && i % step === 0) : [],
    );
}

const children: Step = (values) =>
  values.flatMap((value) => {
    if (Array.isArray(value)) return value;
    return isJsonObject(value) ? Object.values(value).filter((inner) => inner !== undefined) : [];
  });

/** The values and everything below them. */
const descend: Step = (values) => {
  const found: JsonValue[] = [];
  const visit = (value: JsonValue): void => {
    found.push(value);
    for (const inner of children([value], value)) visit(inner);
  };
  for (const value of values) visit(value);
  return found;
};

function keep(wanted: (item: JsonValue, root: JsonValue) => boolean): Step {
  return (values, root) =>
    values.flatMap((value) => {
      if (Array.isArray(value)) return value.filter((item) => wanted(item, root));
      return isJsonObject(value) ? children([value], root).filter((item) => wanted(item, root)) : [];
    });
}

/** Both sides must have one value; different types are unequal and have no order. */
function compare(operator: string, left: JsonValue[], right: JsonValue[]): boolean {
  if (left.length !== 1 || right.length !== 1) return false;
  const [a, b] = [left[0]!, right[0]!];
  if (operator === '==') return a === b;
  if (operator === '!=') return a !== b;
  if (typeof a !== typeof b || (typeof a !== 'number' && typeof a !== 'string')) return false;
  switch (operator) {
    case '<':
      return a < b!;
    case '<=':
      return a <= b!;
    case '>':
      return a > b!;
    default:
      return a >= b!;
  }
}
