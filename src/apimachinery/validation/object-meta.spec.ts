import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dns1123Label, dns1123Subdomain, pathSegment } from './names.js';
import { validateObjectMeta, validateObjectMetaUpdate } from './object-meta.js';

const rules = { namespaced: true, validateName: dns1123Subdomain };
const faults = (meta: Parameters<typeof validateObjectMeta>[0], more = {}) =>
  validateObjectMeta({ name: 'a', namespace: 'n', ...meta }, { ...rules, ...more }).map(
    ({ field, message }) => `${field}: ${message}`,
  );

describe('validateObjectMeta', () => {
  it('accepts what a client usually sends', () => {
    expect(faults({ labels: { 'app.kubernetes.io/name': 'x' }, annotations: { 'Mixed.Example/Key': '' } })).toEqual([]);
  });

  it('asks for a name or a prefix', () => {
    expect(faults({ name: '' })).toEqual(['metadata.name: Required value: name or generateName is required']);
  });

  it('tells a bad key part by part', () => {
    expect(faults({ labels: { '/x': '' } })).toEqual([
      'metadata.labels: Invalid value: "/x": prefix part must be non-empty',
    ]);
    expect(faults({ labels: { 'a/b/c': '' } })[0]).toMatch(
      /^metadata.labels: Invalid value: "a\/b\/c": a valid label key must/,
    );
  });

  it('bounds annotations as a whole', () => {
    const text = 'x'.repeat(200 * 1024);
    expect(faults({ annotations: { a: text } })).toEqual([]);
    expect(faults({ annotations: { a: text, b: text } })).toEqual([
      'metadata.annotations: Too long: may not be more than 262144 bytes',
    ]);
  });

  it('lets only one owner control', () => {
    const owner = { apiVersion: 'v1', kind: 'Pod', name: 'p', uid: 'u', controller: true };
    expect(faults({ ownerReferences: [owner, { ...owner, name: 'q' }] })).toEqual([
      expect.stringContaining('Found "true" in references for Pod/p and Pod/q'),
    ]);
  });

  it.each([
    [undefined, 'Required value: must not be empty'],
    ['a/b/c', 'Invalid value: "a/b/c": must be <group>/<version> or <version>'],
    ['a/', 'Invalid value: "a/": must be <group>/<version> or <version>'],
  ])('refuses the owner version %s', (apiVersion, message) => {
    const owner = { kind: 'Pod', name: 'p', uid: 'u', ...(apiVersion && { apiVersion }) };
    const ownerReferences = [owner as { apiVersion: string; kind: string; name: string; uid: string }];
    expect(faults({ ownerReferences })).toEqual([`metadata.ownerReferences[0].apiVersion: ${message}`]);
  });

  it('counts the bytes of a key, the characters of a name', () => {
    const long = 'x'.repeat(254);
    expect(faults({ labels: { [`${long}/a`]: '' } })[0]).toContain('prefix part must be no more than 253 bytes');
    expect(faults({ name: long })[0]).toContain('must be no more than 253 characters');
  });

  it('wants a domain in finalizers of built-in kinds only', () => {
    expect(faults({ finalizers: ['plain'] })).toEqual([
      'metadata.finalizers[0]: Invalid value: "plain": name is neither a standard finalizer name nor is it fully qualified',
    ]);
    expect(faults({ finalizers: ['plain'] }, { custom: true })).toEqual([]);
  });

  it('refuses a namespace where the kind has none', () => {
    expect(faults({}, { namespaced: false })).toEqual(['metadata.namespace: Forbidden: not allowed on this type']);
  });
});

describe('validateObjectMetaUpdate', () => {
  const old = { name: 'a', namespace: 'n', uid: 'u', finalizers: ['example.com/a'] };

  it('keeps identity', () => {
    const errors = validateObjectMetaUpdate({ ...old, uid: 'other' }, old);
    expect(errors.map(({ field, message }) => [field, message])).toEqual([
      ['metadata.uid', 'Invalid value: "other": field is immutable'],
    ]);
  });

  it('takes no new finalizer once the object is being deleted', () => {
    const going = { ...old, deletionTimestamp: '2026-01-01T00:00:00Z' };
    const errors = validateObjectMetaUpdate({ ...going, finalizers: ['example.com/b', 'example.com/a'] }, going);
    expect(errors.map(({ message }) => message)).toEqual([
      'Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{"example.com/b"}',
    ]);
  });
});

describe('names', () => {
  it('lets a prefix end in a dash but not a name', () => {
    expect(dns1123Label('web-', true)).toEqual([]);
    expect(dns1123Label('web-', false)).toHaveLength(1);
  });

  it('speaks of dots where a label is a subdomain', () => {
    expect(dns1123Label('a.b', false)).toEqual(['must not contain dots']);
  });

  it('keeps path segments in one piece', () => {
    expect(pathSegment('system:Some.Role', false)).toEqual([]);
    expect(pathSegment('a/b%', false)).toEqual(["may not contain '/'", "may not contain '%'"]);
    expect(pathSegment('..', false)).toEqual(["may not be '..'"]);
  });

  it('accepts every dotted list of labels that is short enough', () => {
    const label = fc.stringMatching(/^[a-z0-9]([-a-z0-9]{0,10}[a-z0-9])?$/);
    fc.assert(
      fc.property(fc.array(label, { minLength: 1, maxLength: 10 }), (labels) => {
        expect(dns1123Subdomain(labels.join('.'), false)).toEqual([]);
      }),
    );
  });
});
