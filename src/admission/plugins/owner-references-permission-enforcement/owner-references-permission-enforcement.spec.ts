import { expect, it } from 'vitest';
import { admit, allowing, objectOf, request } from '../../testing.js';
import { OwnerReferencesPermissionEnforcement } from './owner-references-permission-enforcement.js';

const owned = (more: object = {}) =>
  objectOf({
    name: 'o',
    ownerReferences: [{ apiVersion: 'apps/v1', kind: 'Deployment', name: 'd', uid: 'u', ...more }],
  });
const write = (
  object: ReturnType<typeof owned>,
  oldObject: ReturnType<typeof owned> | undefined,
  ...allowed: string[]
) =>
  admit(
    new OwnerReferencesPermissionEnforcement(allowing(...allowed), (group, kind) =>
      group === 'apps' && kind === 'Deployment' ? { resource: 'deployments', namespaced: true } : undefined,
    ),
    request('/configmaps', object, { oldObject, operation: oldObject === undefined ? 'CREATE' : 'UPDATE' }),
  );
const DELETE = 'delete configmaps o';

it('lets those change owners who may delete the object', async () => {
  await write(owned(), undefined, DELETE);
  await expect(write(owned(), undefined)).rejects.toThrow(
    'configmaps "o" is forbidden: cannot set an ownerRef on a resource you can\'t delete: , <nil>',
  );
  await expect(write(objectOf({ name: 'o' }), owned())).rejects.toThrow('cannot set an ownerRef');
  expect(await write(owned(), owned())).toBe(false);
});

it('lets those hold up an owner who may set its finalizers', async () => {
  const blocking = owned({ blockOwnerDeletion: true });
  await write(blocking, undefined, DELETE, 'update deployments/finalizers d');
  await expect(write(blocking, undefined, DELETE)).rejects.toThrow(
    "cannot set blockOwnerDeletion if an ownerReference refers to a resource you can't set finalizers on: , <nil>",
  );
  await expect(write(owned({ kind: 'Odd', blockOwnerDeletion: true }), undefined, DELETE)).rejects.toThrow(
    'cannot find RESTMapping for APIVersion apps/v1 Kind Odd',
  );
  await write(owned({ blockOwnerDeletion: true, controller: true }), blocking, DELETE);
});
