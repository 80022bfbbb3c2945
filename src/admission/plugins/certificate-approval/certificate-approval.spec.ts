import { expect, it } from 'vitest';
import { admit, allowing, objectOf, request } from '../../testing.js';
import { CertificateApproval } from './certificate-approval.js';

const PATH = 'certificates.k8s.io/certificatesigningrequests';
const csr = (signerName: string) => objectOf({ name: 'x' }, { spec: { signerName } });
const approve = (allowed: string) =>
  admit(
    new CertificateApproval(allowing(allowed)),
    request(PATH, csr('mine.com/s'), { operation: 'UPDATE', subresource: 'approval', oldObject: csr('example.com/s') }),
  );

it('asks for the verb on the stored signer, or on all of its domain', async () => {
  await approve('approve signers example.com/s');
  await approve('approve signers example.com/*');
});

it('refuses everybody else, whatever signer they send', async () => {
  await expect(approve('approve signers mine.com/s')).rejects.toThrow(
    'certificatesigningrequests.certificates.k8s.io "x" is forbidden: user not permitted to approve requests with signerName "example.com/s"',
  );
  await expect(approve('sign signers example.com/s')).rejects.toThrow('not permitted');
});
