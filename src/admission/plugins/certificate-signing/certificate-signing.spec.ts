import { expect, it } from 'vitest';
import { admit, allowing, objectOf, request } from '../../testing.js';
import { CertificateSigning } from './certificate-signing.js';

const PATH = 'certificates.k8s.io/certificatesigningrequests';
const csr = (status: object) =>
  objectOf({ name: 'x' }, { spec: { signerName: 'example.com/s' }, status: { ...status } });
const sign = (status: object, ...allowed: string[]) =>
  admit(
    new CertificateSigning(allowing(...allowed)),
    request(PATH, csr(status), { operation: 'UPDATE', subresource: 'status', oldObject: csr({}) }),
  );

it('asks signers for the verb on their signer', async () => {
  await sign({ certificate: 'YQ==' }, 'sign signers example.com/*');
  await expect(sign({ certificate: 'YQ==' })).rejects.toThrow(
    'user not permitted to sign requests with signerName "example.com/s"',
  );
  await expect(sign({ conditions: [{ type: 'Failed' }] })).rejects.toThrow('not permitted');
});

it('lets updates pass that neither issue nor fail anything', async () => {
  await sign({});
});
