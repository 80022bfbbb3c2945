import { describe, expect, it } from 'vitest';
import {
  extendedResourceName,
  fullyQualifiedName,
  longName,
  longNameCaseless,
  resourcePoolName,
  shortName,
  uuid,
} from './declared-formats.js';
import type { DeclaredRule } from './declared-rules.js';
import { FieldPath } from './field-error.js';

const judge = (rule: DeclaredRule, value: string): string[] =>
  rule(value, undefined, FieldPath.root('f'), { update: false, shown: (_type, of) => of }).map((e) => e.message);

describe('declared formats', () => {
  it('counts bytes', () => {
    expect(judge(shortName, 'a'.repeat(64))).toEqual([
      `Invalid value: "${'a'.repeat(64)}": must be no more than 63 bytes`,
    ]);
    expect(judge(longName, 'a'.repeat(254))[0]).toContain('must be no more than 253 bytes');
  });

  it('knows names of drivers in any case', () => {
    expect(judge(longNameCaseless, 'Example.COM')).toEqual([]);
    expect(judge(longNameCaseless, 'a_b')[0]).toMatch(
      /an RFC 1123 subdomain must consist of alphanumeric .*\(e\.g\. 'Example\.com'/,
    );
  });

  it('knows UUIDs by their lower case', () => {
    expect(judge(uuid, '123e4567-e89b-12d3-a456-426614174000')).toEqual([]);
    expect(judge(uuid, '123E4567-e89b-12d3-a456-426614174000')).toHaveLength(1);
  });

  it('names the segment of a pool that is wrong', () => {
    expect(judge(resourcePoolName, 'a/b')).toEqual([]);
    expect(judge(resourcePoolName, 'a//b')).toEqual(['Invalid value: "a//b": segment 1: must not be empty']);
  });

  it('keeps extended resources out of the domain of Kubernetes', () => {
    expect(judge(extendedResourceName, 'example.com/gpu')).toEqual([]);
    expect(judge(extendedResourceName, 'kubernetes.io/gpu')).toEqual([
      'Invalid value: "kubernetes.io/gpu": must not have "kubernetes.io/" domain',
    ]);
    expect(judge(extendedResourceName, 'gpu')[0]).toContain('must be a domain-prefixed path');
  });

  it('wants a domain and an identifier', () => {
    expect(judge(fullyQualifiedName, 'example.com/a_b')).toEqual([]);
    expect(judge(fullyQualifiedName, 'a')[0]).toContain('separated by a slash');
    expect(judge(fullyQualifiedName, '/a')).toEqual(['Invalid value: "": prefix must not be empty']);
    expect(judge(fullyQualifiedName, 'example.com/')).toEqual(['Invalid value: "": name must not be empty']);
  });
});
