import { Type } from 'class-transformer';
import {
  ArrayNotEmpty,
  IsBoolean,
  IsDateString,
  IsEnum,
  IsInt,
  IsNotEmpty,
  IsOptional,
  IsPositive,
  IsString,
  IsUrl,
  Matches,
  Max,
  Min,
  registerDecorator,
  ValidateIf,
  ValidateNested,
} from 'class-validator';
import { describe, expect, it } from 'vitest';
import { Column, Field, Selectable } from '../decorators/field.js';
import { checkRules } from './class-rules.js';
import { ClassSchemaBuilder } from './class-schema.js';

enum Colour {
  Red = 'red',
  Blue = 'blue',
}

class Inner {
  @IsInt() size!: number;
}

/** What a class says, and what cannot be understood of it. */
function build(schemaClass: new () => object) {
  const faults: string[] = [];
  const { schema, ...rest } = ClassSchemaBuilder.build(schemaClass, faults);
  return {
    ...rest,
    faults,
    required: schema['required'] ?? [],
    properties: schema['properties'] as Record<string, object>,
  };
}

describe('the schema of a class', () => {
  it('takes types from validators, from TypeScript, from initialisers and from what it is told', () => {
    class Sample {
      @IsString() validated!: unknown;
      @Field() designed!: boolean;
      initialised = 3;
      @Field({ type: () => Number }) told!: unknown;
      @Field() when!: Date;
      @IsDateString() later!: string;
      @IsEnum(Colour) colour!: Colour;
      @Field({ intOrString: true }) port!: number | string;
      @Field({ any: true }) any!: unknown;
    }
    const { properties, faults } = build(Sample);
    expect(faults).toEqual([]);
    expect(properties).toEqual({
      validated: { type: 'string' },
      designed: { type: 'boolean' },
      initialised: { type: 'integer', default: 3 },
      told: { type: 'number' },
      when: { type: 'string', format: 'date-time' },
      later: { type: 'string', format: 'date-time' },
      colour: { type: 'string', enum: ['red', 'blue'] },
      port: { 'x-kubernetes-int-or-string': true },
      any: { 'x-kubernetes-preserve-unknown-fields': true },
    });
  });

  it('nests classes, lists and maps of them', () => {
    class Sample {
      @Field() one!: Inner;
      @Type(() => Inner) @ValidateNested({ each: true }) @Field() many!: Inner[];
      @Field({ type: () => Inner, map: true }) named!: Record<string, Inner>;
      @IsString({ each: true }) @IsNotEmpty() @ArrayNotEmpty() words!: string[];
      @Field({ type: () => String, list: true, listSet: true }) tags: string[] = [];
      @Field({ type: () => Inner, list: true, listMapKeys: ['size'] }) keyed!: Inner[];
    }
    const inner = { type: 'object', required: ['size'], properties: { size: { type: 'integer' } } };
    const atomic = { 'x-kubernetes-list-type': 'atomic' };
    const { properties, faults } = build(Sample);
    expect(faults).toEqual([]);
    expect(properties).toEqual({
      one: inner,
      many: { type: 'array', items: inner, ...atomic },
      named: { type: 'object', additionalProperties: inner },
      words: { type: 'array', items: { type: 'string' }, minItems: 1, ...atomic },
      tags: { type: 'array', items: { type: 'string' }, default: [], 'x-kubernetes-list-type': 'set' },
      keyed: { type: 'array', items: inner, 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['size'] },
    });
  });

  it('requires what is neither optional nor has a default', () => {
    class Sample {
      @IsInt() needed!: number;
      @IsOptional() @IsInt() optional?: number;
      @Field({ optional: true }) told!: string;
      @IsBoolean() given = false;
      @ValidateIf(() => true) @IsInt() sometimes?: number;
      @Field() status!: Inner;
    }
    expect(build(Sample).required).toEqual(['needed']);
  });

  it('says limits and patterns, and leaves what only JavaScript can say to the validator', () => {
    class Sample {
      @Min(1) @Max(9) @IsInt() small!: number;
      @IsPositive() @Field() above!: number;
      @Matches(/^a+$/) portable!: string;
      @Matches(/^a+$/i) insensitive = 'A';
      @IsNotEmpty() @IsString() text!: string;
      @IsUrl() link = 'https://example.com';
    }
    const { properties, rules } = build(Sample);
    expect(properties).toMatchObject({
      small: { type: 'integer', minimum: 1, maximum: 9 },
      above: { type: 'number', minimum: 0, exclusiveMinimum: true },
      portable: { pattern: '^a+$' },
      text: { minLength: 1 },
    });
    expect(properties['insensitive']).not.toHaveProperty('pattern');
    expect([...rules!.fields.keys()]).toEqual(['insensitive', 'link']);
  });

  it('inherits fields', () => {
    class Base {
      @IsInt() base = 1;
    }
    class Derived extends Base {
      @IsInt() own = 2;
    }
    expect(Object.keys(build(Derived).properties)).toEqual(['base', 'own']);
  });

  it('finds columns and selectable fields by their paths', () => {
    class Deep {
      @Column({ name: 'Size', priority: 1 }) @Selectable() @IsInt() size!: number;
    }
    class Sample {
      @Field() spec!: Deep;
    }
    const { columns, selectable } = build(Sample);
    expect(columns).toMatchObject([{ path: '.spec.size', field: 'size', options: { name: 'Size', priority: 1 } }]);
    expect(selectable).toEqual(['.spec.size']);
  });
});

describe('what a class does not say', () => {
  class Endless {
    @Field({ type: () => Endless, optional: true }) again?: unknown;
  }
  class Needy {
    @IsInt() size: number;
    constructor(size: { of: number }) {
      this.size = size.of;
    }
  }
  class Untyped {
    @Field() what!: number | string;
  }
  class InList {
    @Column() @IsInt() size!: number;
  }
  class ColumnBelowList {
    @Field({ type: () => InList, list: true }) items!: InList[];
  }
  class Slow {
    size = 1;
  }
  registerDecorator({
    name: 'isSlow',
    async: true,
    target: Slow,
    propertyName: 'size',
    validator: { validate: async () => true },
  });

  it.each<[string, new () => object, string]>([
    ['contains itself', Endless, 'Endless contains itself'],
    ['has no type', Untyped, 'Untyped.what has no type that can be told: add a validator'],
    ['cannot be made', Needy as unknown as new () => object, 'Needy cannot be made without arguments'],
    ['has a column below a list', ColumnBelowList, 'InList.size is below a list or a map'],
    ['has a validator that waits', Slow, 'isSlow is asynchronous; check it in an admission plugin'],
  ])('is told where it %s', (_what, schemaClass, text) => {
    expect(build(schemaClass).faults.join('\n')).toContain(text);
  });
});

describe('rules that no schema can say', () => {
  class Line {
    @Matches(/^a+$/i, { message: 'must be all of $constraint1, not $value' }) text!: string;
  }
  class Page {
    @ValidateNested({ each: true }) @Field({ type: () => Line, list: true }) lines!: Line[];
    @IsUrl({}, { each: true }) @IsString({ each: true }) links: string[] = [];
    @ValidateIf(({ links }: Page) => links.length > 0) @IsUrl() home?: string;
  }
  const { rules } = build(Page);
  const faultsOf = (value: object) =>
    checkRules(rules!, value as never).map(({ field, message }) => `${field}: ${message}`);

  it('name the very value, in lists too', () => {
    expect(
      faultsOf({
        lines: [{ text: 'AA' }, { text: 'b' }],
        links: ['https://a.example', 'no'],
        home: 'https://b.example',
      }),
    ).toEqual([
      'lines[1].text: Invalid value: "b": must be all of /^a+$/i, not b',
      'links[1]: Invalid value: "no": must be a URL address',
    ]);
  });

  it('hold only under their condition', () => {
    expect(faultsOf({ lines: [], links: [], home: 'no' })).toEqual([]);
    expect(faultsOf({ lines: [], links: ['https://a.example'], home: 'no' })).toHaveLength(1);
  });
});
