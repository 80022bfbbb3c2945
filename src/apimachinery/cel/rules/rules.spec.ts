import { describe, expect, it } from 'vitest';
import type { JsonObject, JsonValue } from '../../meta/json.js';
import { compileCrdSchema } from '../../schema/compile-crd.js';
import { FieldPath } from '../../validation/field-error.js';
import { checkRules, checkRuleTexts } from './check-rules.js';
import { escapeProperty } from './property-names.js';
import { resolveRulePath } from './rule-path.js';
import { validateRules } from './rule-validator.js';

const AT = FieldPath.root('schema');

function resource(spec: JsonObject): JsonObject {
  return { type: 'object', properties: { spec } };
}

function judge(spec: JsonObject, value: JsonValue, old?: JsonValue): string[] {
  const schema = compileCrdSchema(resource(spec));
  const before = old === undefined ? undefined : { spec: old };
  return validateRules(schema, { spec: value }, before).map(({ field, message }) => `${field}: ${message}`);
}

const check = (schema: JsonObject): string[] =>
  checkRules(schema, AT, () => false).map(({ field, message }) => `${field}: ${message}`);

const rule = (text: string, more: JsonObject = {}): JsonObject => ({ rule: text, ...more });
const withRules = (schema: JsonObject, ...rules: JsonObject[]): JsonObject => ({
  ...schema,
  'x-kubernetes-validations': rules,
});

describe('rules of a resource', () => {
  it('let a property be named by a word of the language, escaped or not', () => {
    const spec = withRules(
      { type: 'object', properties: { namespace: { type: 'string' }, if: { type: 'integer' } } },
      rule('self.namespace == "a" && self.__namespace__ == "a"'),
      rule('!has(self.if) || self.if > 1'),
    );
    expect(check(resource(spec))).toEqual([]);
    expect(judge(spec, { namespace: 'a', if: 2 })).toEqual([]);
    expect(judge(spec, { namespace: 'b' })).toHaveLength(1);
    expect(judge(spec, { namespace: 'a', if: 0 })).toHaveLength(1);
  });

  it('tell of values that are not of their type, and of calls that fit nothing', () => {
    const spec = (...texts: string[]) =>
      withRules({ type: 'object', properties: { s: { type: 'string' } } }, ...texts.map((text) => rule(text)));
    expect(judge(spec('self.s.substring(5, 2) == ""'), { s: 'abc' })).toEqual([
      expect.stringContaining('invalid substring range. start: 5, end: 2 evaluating rule'),
    ]);
    expect(judge(spec('cidr("10.0.0.0/8").containsIP(self.s)'), { s: 'abc' })).toEqual([
      expect.stringContaining("'no such overload': call arguments did not match"),
    ]);
  });

  it.each(['int("x")', 'uint(-1)', 'double("x")', 'bool("x")', 'int(dyn("x"))'])(
    'convert literals beforehand: %s',
    (text) => {
      const [fault, ...others] = check(resource(withRules({ type: 'object' }, rule(`dyn(${text}) == 1`))));
      expect(fault).toContain('program instantiation failed: ');
      expect(others).toEqual([]);
    },
  );

  it('tells the rule, its message or what a message expression yields', () => {
    const spec = withRules(
      { type: 'object', properties: { n: { type: 'integer' } } },
      rule('self.n > 1'),
      rule('self.n > 2', { message: ' too small ' }),
      rule('self.n > 3', { messageExpression: '"%d is small".format([self.n])' }),
      rule('self.n > 4', { messageExpression: '""', reason: 'FieldValueForbidden', fieldPath: '.n', message: 'no' }),
      rule('9 / (self.n - 1) > 0'),
    );
    expect(judge(spec, { n: 1 })).toEqual([
      'spec: Invalid value: failed rule: self.n > 1',
      'spec: Invalid value: too small',
      'spec: Invalid value: 1 is small',
      'spec.n: Forbidden: no',
      'spec: Invalid value: "object": division by zero evaluating rule: 9 / (self.n - 1) > 0',
    ]);
    expect(judge(spec, { n: 5 })).toEqual([]);
  });

  it('shows plain values, and where they stand', () => {
    const item = withRules({ type: 'string' }, rule('self != "bad"'));
    expect(judge({ type: 'array', items: item }, ['ok', 'bad'])).toEqual([
      'spec[1]: Invalid value: "bad": failed rule: self != "bad"',
    ]);
    expect(judge({ type: 'object', additionalProperties: item }, { 'a.b': 'bad' })).toEqual([
      'spec[a.b]: Invalid value: "bad": failed rule: self != "bad"',
    ]);
  });

  it('compares with the value before only where there is one', () => {
    const n = withRules({ type: 'integer' }, rule('self >= oldSelf'));
    const items = { type: 'object', properties: { id: { type: 'string' }, n } };
    const parts = { type: 'array', items, 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['id'] };
    expect(judge(parts, [{ id: 'a', n: 1 }])).toEqual([]);
    const old = [{ id: 'a', n: 5 }];
    expect(
      judge(
        parts,
        [
          { id: 'b', n: 1 },
          { id: 'a', n: 4 },
        ],
        old,
      ),
    ).toEqual(['spec[1].n: Invalid value: 4: failed rule: self >= oldSelf']);
  });

  it('gives rules with optionalOldSelf nothing on creation', () => {
    const spec = withRules({ type: 'string' }, rule('oldSelf.hasValue() || self == "new"', { optionalOldSelf: true }));
    expect(judge(spec, 'x')).toHaveLength(1);
    expect(judge(spec, 'new')).toEqual([]);
    expect(judge(spec, 'x', 'y')).toEqual([]);
  });

  it('forgives what an update leaves as it was', () => {
    const part = withRules({ type: 'integer' }, rule('self > 0'));
    const spec = { type: 'object', properties: { a: part, b: { type: 'integer' } } };
    expect(judge(spec, { a: 0, b: 2 }, { a: 0, b: 1 })).toEqual([]);
    expect(judge(spec, { a: -1 }, { a: 0 })).toHaveLength(1);
  });

  it('sees formats, sets, null fields and escaped names', () => {
    const properties = {
      'a-b': { type: 'integer' },
      when: { type: 'string', format: 'date-time' },
      wait: { type: 'string', format: 'duration' },
      raw: { type: 'string', format: 'byte' },
      set: { type: 'array', items: { type: 'integer' }, 'x-kubernetes-list-type': 'set' },
      none: { type: 'string', nullable: true },
      either: { 'x-kubernetes-int-or-string': true },
    };
    const all = [
      'self.a__dash__b == 1',
      'self.when > timestamp("2024-01-01T00:00:00Z")',
      'self.wait == duration("90s")',
      'self.raw == b"hi"',
      'self.set == [2, 1] && (self.set + [2, 3]).size() == 3',
      '!has(self.none)',
      'type(self.either) == int && self.either == 5',
    ];
    const spec = withRules({ type: 'object', properties }, ...all.map((text) => rule(text)));
    const value = {
      'a-b': 1,
      when: '2024-06-01T00:00:00Z',
      wait: '1m30s',
      raw: 'aGk=',
      set: [1, 2],
      none: null,
      either: 5,
    };
    expect(judge(spec, value)).toEqual([]);
  });

  it('ends when the budget of the object is used up', () => {
    const spec = withRules(
      { type: 'array', items: { type: 'integer' } },
      ...Array.from({ length: 15 }, () => rule('self.all(x, self.all(y, x + y >= 0))')),
    );
    const list = Array.from({ length: 350 }, (_, i) => i);
    const errors = judge(spec, list);
    expect(errors).toHaveLength(1);
    expect(errors[0]).toContain('running out of cost budget, no further validation rules will be run');
  });
});

describe('rules of a definition', () => {
  it('tells faults of texts without compiling', () => {
    const schema = withRules({ type: 'object', properties: { a: {} } }, rule(' '), rule('true', { fieldPath: '.b' }));
    expect(checkRuleTexts(schema, AT).map(({ field, message }) => `${field}: ${message}`)).toEqual([
      'schema.x-kubernetes-validations[0].rule: Required value: rule is not specified',
      'schema.x-kubernetes-validations[1].fieldPath: Invalid value: ".b": must be a valid path',
    ]);
  });

  it('refuses the value before where items have none', () => {
    const items = withRules({ type: 'integer' }, rule('self == oldSelf'));
    expect(check(resource({ type: 'array', maxItems: 1, items }))).toEqual([
      'schema.properties[spec].items.x-kubernetes-validations[0].rule: Invalid value: "self == oldSelf": ' +
        'oldSelf cannot be used on the uncorrelatable portion of the schema within schema.properties[spec]',
    ]);
  });

  it('refuses what may cost too much, and takes it with limits', () => {
    const list = (limits: JsonObject, text: JsonObject): JsonObject =>
      resource(
        withRules(
          { type: 'array', items: { type: 'string', ...text }, ...limits },
          rule('self.all(x, self.all(y, x.contains(y)))'),
        ),
      );
    expect(check(list({}, {}))).toHaveLength(3);
    expect(check(list({ maxItems: 100 }, { maxLength: 100 }))).toEqual([
      expect.stringContaining('estimated rule cost exceeds budget by factor of 1.6x'),
    ]);
    expect(check(list({ maxItems: 50 }, { maxLength: 100 }))).toEqual([]);
  });
});

describe('names and paths', () => {
  it.each([
    ['namespace', '__namespace__'],
    ['a.b-c/d', 'a__dot__b__dash__c__slash__d'],
    ['a__b', 'a__underscores__b'],
    ['1a', undefined],
    ['ä', undefined],
  ])('escapes %s', (name, escaped) => {
    expect(escapeProperty(name)).toBe(escaped);
  });

  it.each([
    [".a['b.c']", 'a[b.c]'],
    ["['a'].x", 'a[x]'],
    ['.a.b.c', undefined],
    ['a', undefined],
    ['.', undefined],
  ])('resolves %s', (path, resolved) => {
    const schema = compileCrdSchema({ properties: { a: { additionalProperties: { type: 'string' } } } });
    expect(resolveRulePath(path, schema)).toBe(resolved);
  });
});
