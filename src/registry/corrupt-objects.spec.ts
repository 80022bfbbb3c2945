import { describe, expect, it } from 'vitest';
import type { CorruptObject } from '../storage/storage.js';
import { unreadableChange, unreadableList, unreadableObject } from './corrupt-objects.js';

const fault = 'unexpected end of JSON input';
const corrupt = (name: string): CorruptObject => ({
  ...{ collection: 'apps/deployments', key: `n/${name}`, namespace: 'n', name, revision: 12, fault },
});
const DEPLOYMENTS = { group: 'apps', resource: 'deployments', custom: false };

describe('what clients are told of objects that cannot be read', () => {
  it('names one by the key that kube-apiserver would have', () => {
    const told = `corrupt object, Code: 7, Key: /deployments/n/a, ResourceVersion: 0, AdditionalErrorMsg: object not decodable revision=12: ${fault}`;
    expect(unreadableObject(DEPLOYMENTS, corrupt('a')).toStatus()).toMatchObject({
      code: 500,
      reason: 'InternalError',
      message: `Internal error occurred: StorageError: ${told}`,
    });
    const teapots = { group: 'example.com', resource: 'teapots', custom: true };
    expect(unreadableObject(teapots, corrupt('a')).message).toContain('Key: /example.com/teapots/n/a,');
  });

  it('names those of a list, each as a cause', () => {
    const status = unreadableList(DEPLOYMENTS, [corrupt('a'), corrupt('b')]).toStatus();
    const cause = (name: string) => ({
      reason: 'UnexpectedServerResponse',
      field: `/registry/deployments/n/${name}`,
      message: `StorageError: corrupt object, Code: 7, Key: /registry/deployments/n/${name}, ResourceVersion: 0, AdditionalErrorMsg: object not decodable revision=12: ${fault}`,
    });
    expect(status).toEqual({
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: `failed to read one or more deployments.apps from the storage: ${cause('a').message} (and 1 more)`,
      reason: 'StorageReadError',
      details: { name: 'list', group: 'apps', kind: 'deployments', causes: [cause('a'), cause('b')] },
      code: 500,
    });
  });

  it('names a hundred, and says that there may be more', () => {
    const some = (count: number) => Array.from({ length: count }, (_, at) => corrupt(String(at)));
    expect(unreadableList(DEPLOYMENTS, some(99)).details!.causes).toHaveLength(99);
    for (const count of [100, 250]) {
      const { message, details } = unreadableList(DEPLOYMENTS, some(count));
      expect(message).toMatch(/ \(and 99 more\)$/);
      expect(details!.causes).toHaveLength(101);
      expect(details!.causes![100]).toEqual({
        reason: 'FieldValueTooMany',
        message: 'too many errors, the list is truncated',
      });
    }
  });

  it('ends watches with a reason of its own where the object goes', () => {
    const change = { revision: 20, object: corrupt('a') };
    expect(unreadableChange({ ...change, type: 'DELETED' }).toStatus()).toMatchObject({
      code: 500,
      reason: 'StorageReadError',
      message: `saw a DELETED event, but object data is corrupt - object not decodable revision=12: ${fault}`,
    });
    expect(unreadableChange({ ...change, type: 'MODIFIED' }).toStatus()).toMatchObject({
      code: 500,
      reason: 'InternalError',
      message: `Internal error occurred: object not decodable revision=12: ${fault}`,
    });
  });
});
