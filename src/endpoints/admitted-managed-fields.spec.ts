import { expect, it } from 'vitest';
import type { KubeObject, ManagedFieldsEntry } from '../apimachinery/meta/object.js';
import type { RestContext } from '../registry/rest/context.js';
import { restoreMalformedManagedFields } from './admitted-managed-fields.js';

const entry = (more: Partial<ManagedFieldsEntry> = {}): ManagedFieldsEntry => ({
  manager: 'm',
  operation: 'Apply',
  apiVersion: 'v1',
  fieldsType: 'FieldsV1',
  fieldsV1: { 'f:data': {} },
  ...more,
});

function admitted(before: ManagedFieldsEntry[] | undefined, after: ManagedFieldsEntry[] | undefined) {
  const object: KubeObject = { metadata: after === undefined ? {} : { managedFields: after } };
  const warnings: string[] = [];
  const context = { warn: (text: string) => warnings.push(text) } as unknown as RestContext;
  restoreMalformedManagedFields(object, before, context);
  return { managedFields: object.metadata.managedFields, warnings };
}

it('managedFields that admission left malformed are as before, with a warning', () => {
  const before = [entry()];
  const faults: [Partial<ManagedFieldsEntry>, string][] = [
    [{ operation: 'Other' as 'Apply' }, 'operation must be `Apply` or `Update`'],
    [{ apiVersion: '' }, 'apiVersion must not be empty'],
    [{ fieldsType: '' }, 'missing fieldsType in managed fields entry 0'],
    [{ fieldsType: 'FieldsV2' }, 'invalid fieldsType "FieldsV2" in managed fields entry 0'],
  ];
  for (const [more, fault] of faults) {
    const { managedFields, warnings } = admitted(before, [entry(more)]);
    expect(managedFields).toBe(before);
    expect(warnings).toEqual([
      expect.stringMatching(/^\.metadata\.managedFields was in an invalid state after admission;/),
    ]);
    expect(warnings[0]).toMatch(new RegExp(`: ${fault}$`));
  }
  expect(admitted(undefined, [entry({ apiVersion: '' })]).managedFields).toBeUndefined();
});

it('managedFields that admission changed well, or took away, stay so', () => {
  const changed = [entry({ manager: 'other' })];
  expect(admitted([entry()], changed)).toEqual({ managedFields: changed, warnings: [] });
  expect(admitted([entry()], undefined)).toEqual({ managedFields: undefined, warnings: [] });
});
