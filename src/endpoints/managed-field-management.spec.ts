import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../apimachinery/meta/object.js';
import type { Schema } from '../apimachinery/schema/schema.js';
import type { ObjectConverter } from '../registry/resource-definition.js';
import { ManagedFieldManagement } from './managed-field-management.js';
import type { RequestScope } from './request-scope.js';

const text: Schema = { type: 'string' };
const schemaWith = (field: string): Schema => ({
  type: 'object',
  properties: new Map<string, Schema>([
    ['metadata', { type: 'object' }],
    ['spec', { type: 'object', properties: new Map([[field, text]]) }],
  ]),
});

const scopeOf = (convert: ObjectConverter['convert']): RequestScope =>
  ({
    whole: true,
    apiVersion: 'example.com/v2',
    kind: { group: 'example.com', version: 'v2', kind: 'Door' },
    version: { schema: schemaWith('colour') },
    definition: {
      group: 'example.com',
      versions: [
        { version: 'v1', schema: schemaWith('paint') },
        { version: 'v2', schema: schemaWith('colour') },
      ],
      converter: { convert },
    },
  }) as unknown as RequestScope;

/** v1 says paint where v2 says colour. */
function repaint(object: KubeObject, _from: string, to: string): KubeObject {
  const spec = object['spec'] as { paint?: string; colour?: string };
  const value = spec.paint ?? spec.colour ?? '';
  return { ...object, apiVersion: `example.com/${to}`, spec: to === 'v1' ? { paint: value } : { colour: value } };
}

const live: KubeObject = {
  metadata: {
    name: 'd',
    uid: 'u',
    managedFields: [
      {
        manager: 'first',
        operation: 'Apply',
        apiVersion: 'example.com/v1',
        fieldsType: 'FieldsV1',
        fieldsV1: { 'f:spec': { 'f:paint': {} } },
      },
    ],
  },
  spec: { colour: 'red' },
};
const applied = (): KubeObject => ({
  apiVersion: 'example.com/v2',
  kind: 'Door',
  metadata: { name: 'd' },
  spec: { colour: 'blue' },
});

describe('field management across versions', () => {
  const management = new ManagedFieldManagement(() => 0);
  const conflict = { code: 409, message: expect.stringContaining('.spec.paint') };

  it('meets an owner who wrote in another version', () => {
    const apply = () => management.apply(scopeOf(repaint), live, applied(), 'second', false);
    expect(apply).toThrow(expect.objectContaining(conflict));
  });

  it('waits for conversions that somebody else does, and asks each once', async () => {
    const asked: string[] = [];
    const remote = async (object: KubeObject, from: string, to: string): Promise<KubeObject> => {
      asked.push(`${from} ${to} ${JSON.stringify(object['spec'])}`);
      return repaint(object, from, to);
    };
    const scope = scopeOf(remote);
    await expect(management.apply(scope, live, applied(), 'second', false)).rejects.toMatchObject(conflict);
    expect(new Set(asked).size).toBe(asked.length);
    const forced = await management.apply(scope, live, applied(), 'second', true);
    expect(forced['spec']).toEqual({ colour: 'blue' });
    expect(forced.metadata.managedFields?.map(({ manager }) => manager)).toEqual(['second']);
  });

  it('fails as the conversion fails, where it applies, and else leaves the owners alone', async () => {
    const failing = async (): Promise<KubeObject> => Promise.reject(new Error('no wind'));
    const scope = scopeOf(failing);
    await expect(management.apply(scope, live, applied(), 'second', true)).rejects.toThrow('no wind');
    const updated = await management.update(scope, live, { metadata: {}, spec: { colour: 'blue' } }, 'second');
    expect(updated).toEqual({ metadata: { managedFields: live.metadata.managedFields }, spec: { colour: 'blue' } });
  });
});
