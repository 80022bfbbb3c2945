import { expect, it } from 'vitest';
import { admit, allowing, objectOf, request } from '../../testing.js';
import { ClusterTrustBundleAttest } from './cluster-trust-bundle-attest.js';

const publish = (spec: object, ...allowed: string[]) =>
  admit(
    new ClusterTrustBundleAttest(allowing(...allowed)),
    request('certificates.k8s.io/clustertrustbundles', objectOf({ name: 'x' }, { spec: { ...spec } })),
  );

it('asks those who speak for a signer for the verb on it', async () => {
  await publish({ signerName: 'example.com/s' }, 'attest signers example.com/s');
  await publish({ signerName: 'example.com/s' }, 'attest signers example.com/*');
  await expect(publish({ signerName: 'example.com/s' })).rejects.toThrow(
    'user not permitted to attest for signerName "example.com/s"',
  );
});

it('lets bundles of nobody in particular pass', async () => {
  await publish({});
});
