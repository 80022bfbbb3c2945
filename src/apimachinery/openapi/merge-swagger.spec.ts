import { describe, expect, it } from 'vitest';
import { mergeSwagger } from './merge-swagger.js';

const to = (name: string) => ({ $ref: `#/definitions/${name}` });
const hats = (name: string) => ({ get: { responses: { 200: { schema: to(name) } } } });

describe('mergeSwagger', () => {
  it('takes paths of API groups with all they refer to, and nothing else', () => {
    const whole = { paths: {}, definitions: {}, parameters: {} };
    mergeSwagger(whole, {
      paths: {
        '/apis/a.example.com/v1/hats': { ...hats('Hat'), parameters: [{ $ref: '#/parameters/pretty' }] },
        '/healthz': hats('Unused'),
      },
      definitions: { Hat: { properties: { brim: to('Brim') } }, Brim: { type: 'string' }, Unused: {} },
      parameters: { pretty: { name: 'pretty' }, other: {} },
    });
    expect(whole).toEqual({
      paths: { '/apis/a.example.com/v1/hats': { ...hats('Hat'), parameters: [{ $ref: '#/parameters/pretty' }] } },
      definitions: { Hat: { properties: { brim: to('Brim') } }, Brim: { type: 'string' } },
      parameters: { pretty: { name: 'pretty' } },
    });
  });

  it('keeps paths that are there, shares what is equal, and renames what is not with all that refers to it', () => {
    const whole = {
      paths: { '/apis/a/v1/x': { mine: true } },
      definitions: { Same: { type: 'object' }, Brim: { type: 'integer' }, Hat: { properties: { brim: to('Brim') } } },
      parameters: {},
    };
    mergeSwagger(whole, {
      paths: { '/apis/a/v1/x': { theirs: true }, '/apis/a/v1/hats': hats('Hat'), '/apis/a/v1/same': hats('Same') },
      definitions: { Same: { type: 'object' }, Brim: { type: 'string' }, Hat: { properties: { brim: to('Brim') } } },
    });
    expect(whole.paths).toEqual({
      '/apis/a/v1/x': { mine: true },
      '/apis/a/v1/hats': hats('Hat_v2'),
      '/apis/a/v1/same': hats('Same'),
    });
    expect(whole.definitions).toMatchObject({
      Brim: { type: 'integer' },
      Brim_v2: { type: 'string' },
      Hat: { properties: { brim: to('Brim') } },
      Hat_v2: { properties: { brim: to('Brim_v2') } },
    });
    expect(Object.keys(whole.definitions)).toHaveLength(5);
  });

  it('ends where definitions refer to each other', () => {
    const whole = { paths: {}, definitions: { B: { type: 'string' } }, parameters: {} };
    mergeSwagger(whole, {
      paths: { '/apis/a/v1/x': hats('A') },
      definitions: { A: { properties: { b: to('B') } }, B: { properties: { a: to('A') } } },
    });
    expect(whole.definitions).toEqual({
      A: { properties: { b: to('B_v2') } },
      B: { type: 'string' },
      B_v2: { properties: { a: to('A') } },
    });
  });
});
