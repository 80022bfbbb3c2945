import { describe, expect, it } from 'vitest';
import type { CoreV1Pod } from '../../../apis/types.gen.js';
import { admit, KnownObjects, objectOf, pod, request } from '../../testing.js';
import { ServiceAccount } from './service-account.js';

const account = (name: string, more = {}, annotations = {}) => objectOf({ name, namespace: 'ns', annotations }, more);
const strict = account(
  'strict',
  { secrets: [{ name: 'mine' }], imagePullSecrets: [{ name: 'pull' }], automountServiceAccountToken: false },
  { 'kubernetes.io/enforce-mountable-secrets': 'true' },
);
const objects = new KnownObjects()
  .put('/serviceaccounts', account('default', { imagePullSecrets: [{ name: 'registry' }] }))
  .put('/serviceaccounts', strict);
const plugin = new ServiceAccount(objects, () => 'abcde');
const admitted = async (spec = {}, metadata = {}) => {
  const object = pod(spec, metadata) as CoreV1Pod;
  await admit(plugin, request('/pods', object));
  return object.spec!;
};
const NAME = 'kube-api-access-abcde';
const PATH = '/var/run/secrets/kubernetes.io/serviceaccount';

describe('ServiceAccount', () => {
  it('runs pods as the default account, with its token and pull secrets', async () => {
    const spec = await admitted();
    expect(spec).toMatchObject({
      serviceAccountName: 'default',
      serviceAccount: 'default',
      imagePullSecrets: [{ name: 'registry' }],
    });
    expect(spec.volumes?.[0]?.name).toBe(NAME);
    expect(spec.volumes?.[0]?.projected?.sources).toHaveLength(3);
    expect(spec.containers?.[0]?.volumeMounts).toEqual([{ name: NAME, readOnly: true, mountPath: PATH }]);
  });

  it('mounts no token twice, and none where pod or account decline', async () => {
    const own = { name: 'c', image: 'i', volumeMounts: [{ name: 'own', mountPath: PATH }] };
    expect((await admitted({ containers: [own] })).volumes).toBeUndefined();
    expect((await admitted({ automountServiceAccountToken: false })).volumes).toBeUndefined();
    expect((await admitted({ serviceAccountName: 'strict', imagePullSecrets: [{ name: 'pull' }] })).volumes).toBe(
      undefined,
    );
    expect((await admitted({ serviceAccountName: 'strict', automountServiceAccountToken: true })).volumes).toHaveLength(
      1,
    );
  });

  it('refuses accounts that are not there', async () => {
    await expect(admitted({ serviceAccountName: 'x' })).rejects.toThrow(
      'pods "p" is forbidden: error looking up service account ns/x: serviceaccount "x" not found',
    );
  });

  it('lets mirror pods be, as long as nothing of the API flows into them', async () => {
    const annotations = { 'kubernetes.io/config.mirror': 'x' };
    expect((await admitted({}, { annotations })).serviceAccountName).toBeUndefined();
    await expect(admitted({ serviceAccountName: 'default' }, { annotations })).rejects.toThrow(
      'a mirror pod may not reference service accounts',
    );
    await expect(admitted({ volumes: [{ name: 'v', secret: {} }] }, { annotations })).rejects.toThrow('secrets');
  });

  it('allows accounts that ask for it their own secrets only', async () => {
    const as = (spec: object) => admitted({ serviceAccountName: 'strict', ...spec });
    const env = (name: string) => [{ name: 'X', valueFrom: { secretKeyRef: { name, key: 'k' } } }];
    await as({
      containers: [{ name: 'c', env: env('mine') }],
      volumes: [{ name: 'v', secret: { secretName: 'mine' } }],
    });
    await expect(as({ volumes: [{ name: 'v', secret: { secretName: 'x' } }] })).rejects.toThrow(
      'volume with secret.secretName="x" is not allowed because service account strict does not reference that secret',
    );
    await expect(as({ containers: [{ name: 'c', env: env('x') }] })).rejects.toThrow(
      'container c with envVar X referencing secret.secretName="x" is not allowed',
    );
    await expect(as({ imagePullSecrets: [{ name: 'x' }] })).rejects.toThrow('imagePullSecrets[0].name="x"');
  });
});
