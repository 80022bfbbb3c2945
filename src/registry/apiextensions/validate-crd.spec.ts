import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../apimachinery/meta/json.js';
import type { FieldError } from '../../apimachinery/validation/field-error.js';
import { fieldInvalid } from '../../apimachinery/validation/field-error.js';
import type { CrdSpec, CustomResourceDefinition } from './crd.js';
import { validateCrd, validateCrdUpdate } from './validate-crd.js';

const OBJECT: JsonObject = {
  type: 'object',
  properties: { spec: { type: 'object', properties: { a: { type: 'string' } } } },
};

function crd(spec: Partial<CrdSpec> = {}, more: Partial<CustomResourceDefinition> = {}): CustomResourceDefinition {
  return {
    metadata: { name: 'boats.sea.example.com' },
    spec: {
      group: 'sea.example.com',
      scope: 'Namespaced',
      names: { plural: 'boats', singular: 'boat', kind: 'Boat', listKind: 'BoatList' },
      versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: OBJECT } }],
      conversion: { strategy: 'None' },
      ...spec,
    },
    status: { conditions: null, acceptedNames: { plural: '', kind: '' }, storedVersions: ['v1'] },
    ...more,
  };
}

const texts = (errors: readonly FieldError[]): string[] => errors.map((e) => `${e.field}: ${e.message}`);
const check = (object: CustomResourceDefinition): string[] => texts(validateCrd(object, () => []));

describe('validation of a CustomResourceDefinition', () => {
  it('accepts a plain definition', () => {
    expect(check(crd())).toEqual([]);
  });

  it('wants the name to be plural.group, and a group with a dot', () => {
    expect(check(crd({ group: 'sea' }))).toEqual([
      'metadata.name: Invalid value: "boats.sea.example.com": must be spec.names.plural+"."+spec.group',
      'spec.group: Invalid value: "sea": should be a domain with at least one dot',
    ]);
  });

  it('names what is missing in the order of the spec', () => {
    const empty = crd({ group: '', scope: '', names: { plural: '', kind: '', singular: '' } });
    expect(check(empty).slice(1)).toEqual([
      'spec.group: Required value',
      'spec.scope: Required value',
      'spec.names.plural: Required value',
      'spec.names.singular: Required value',
      'spec.names.kind: Required value',
      'spec.names.listKind: Required value',
    ]);
  });

  it('shows a version list without the parts that all versions share', () => {
    const none = crd({ versions: [{ name: 'v1', served: true, storage: false, schema: { openAPIV3Schema: OBJECT } }] });
    none.status = { acceptedNames: { plural: '', kind: '' } };
    expect(check(none)).toEqual([
      'spec.versions: Invalid value: [{"Name":"v1","Served":true,"Storage":false,"Deprecated":false,' +
        '"DeprecationWarning":null,"Schema":null,"Subresources":null,"AdditionalPrinterColumns":null,' +
        '"SelectableFields":null}]: must have exactly one version marked as storage version',
      'status.storedVersions: Invalid value: null: must have at least one stored version',
    ]);
  });

  it('reports a schema at the top when all versions have it, and at the version when they differ', () => {
    const other: JsonObject = { type: 'object', description: 'other' };
    const versions = (second: JsonObject) => [
      { name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: OBJECT } },
      { name: 'v2', served: true, storage: false, schema: { openAPIV3Schema: second } },
    ];
    const fault = (object: CustomResourceDefinition) =>
      validateCrd(object, (_schema, at) => [fieldInvalid(at.child('x'), 1, 'bad')]).map((e) => e.field);
    expect(fault(crd({ versions: versions(OBJECT) }))).toEqual(['spec.validation.openAPIV3Schema.x']);
    expect(fault(crd({ versions: versions(other) }))).toEqual([
      'spec.versions[0].schema.openAPIV3Schema.x',
      'spec.versions[1].schema.openAPIV3Schema.x',
    ]);
  });

  it('judges columns, scale paths and selectable fields', () => {
    const [version] = crd().spec.versions;
    const faulty = crd({
      versions: [
        {
          ...version!,
          additionalPrinterColumns: [{ name: '', type: 'text', jsonPath: 'spec.a' }],
          subresources: { scale: { specReplicasPath: '.status.n', statusReplicasPath: '' } },
          selectableFields: [
            { jsonPath: '.spec' },
            { jsonPath: '.spec.b' },
            { jsonPath: 'a' },
            { jsonPath: '.spec.a[1]' },
          ],
        },
      ],
    });
    expect(check(faulty)).toEqual([
      'spec.subresources.scale.specReplicasPath: Invalid value: ".status.n": should be a json path under .spec',
      'spec.subresources.scale.statusReplicasPath: Required value',
      'spec.additionalPrinterColumns[0].name: Required value',
      'spec.additionalPrinterColumns[0].type: Invalid value: "text": must be one of boolean,date,integer,number,string',
      'spec.additionalPrinterColumns[0].JSONPath: Invalid value: "spec.a": must be a simple json path starting with .',
      'spec.selectableFields[0].jsonPath: Invalid value: ".spec": must point to a field of type string, boolean or ' +
        'integer. Enum string fields and strings with formats are allowed.',
      'spec.selectableFields[1].jsonPath: Invalid value: ".spec.b": is an invalid path: does not refer to a valid field',
      'spec.selectableFields[2].jsonPath: Invalid value: "a": is an invalid path: expected [ or . but got: a',
      'spec.selectableFields[3].jsonPath: Invalid value: ".spec.a[1]": is an invalid path: array notation is not allowed',
    ]);
  });

  it('wants webhook settings exactly when the strategy is Webhook', () => {
    expect(check(crd({ conversion: { strategy: 'Webhook' } }))).toEqual([
      'spec.conversion.webhookClientConfig: Required value: required when strategy is set to Webhook',
      'spec.conversion.conversionReviewVersions: Required value',
    ]);
    const webhook = { clientConfig: { url: 'http://me@h/p?q#f' }, conversionReviewVersions: ['v7', 'v7'] };
    expect(
      check(crd({ conversion: { strategy: 'Webhook', webhook } })).map((text) => text.replace(/^.*?: /, '')),
    ).toEqual([
      `Invalid value: "http": 'https' is the only allowed URL scheme; desired format: https://host[/path]`,
      'Invalid value: "me": user information is not permitted in the URL',
      'Invalid value: "f": fragments are not permitted in the URL',
      'Invalid value: "q": query parameters are not permitted in the URL',
      'Invalid value: "v7": duplicate version',
      'Invalid value: ["v7","v7"]: must include at least one of v1, v1beta1',
    ]);
    expect(check(crd({ conversion: { strategy: 'None', webhook } })).every((text) => text.includes('Forbidden'))).toBe(
      true,
    );
  });

  it('asks protected groups for an approval', () => {
    const named = (annotations: Record<string, string>) =>
      check(crd({ group: 'sea.k8s.io' }, { metadata: { name: 'boats.sea.k8s.io', annotations } }));
    expect(named({})[0]).toContain('metadata.annotations[api-approved.kubernetes.io]: Required value');
    expect(named({ 'api-approved.kubernetes.io': 'so' })[0]).toContain('with either a URL or a reason');
    expect(named({ 'api-approved.kubernetes.io': 'unapproved, trial' })).toEqual([]);
    expect(named({ 'api-approved.kubernetes.io': 'https://example.com/1' })).toEqual([]);
  });

  it('keeps scope and kind once established, group and plural always', () => {
    const old = crd();
    const changed = crd({ scope: 'Cluster', group: 'lake.example.com', names: { ...old.spec.names, plural: 'ships' } });
    expect(texts(validateCrdUpdate(changed, old, () => []))).toEqual([
      'spec.group: Invalid value: "lake.example.com": field is immutable',
      'spec.names.plural: Invalid value: "ships": field is immutable',
    ]);
    old.status = { acceptedNames: { plural: '', kind: '' }, conditions: [{ type: 'Established', status: 'True' }] };
    expect(texts(validateCrdUpdate(changed, old, () => []))[0]).toBe(
      'spec.scope: Invalid value: "Cluster": field is immutable',
    );
  });

  it('keeps every stored version in the spec', () => {
    const gone = crd();
    gone.status = { acceptedNames: { plural: '', kind: '' }, storedVersions: ['v0', 'v1'] };
    expect(check(gone)).toEqual([
      expect.stringContaining('status.storedVersions[0]: Invalid value: "v0": missing from'),
    ]);
  });
});
