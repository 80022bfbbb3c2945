import 'reflect-metadata';
import { Pkcs10CertificateRequestGenerator } from '@peculiar/x509';
import { expect, it } from 'vitest';
import { admit, objectOf, request } from '../../testing.js';
import { CertificateSubjectRestriction } from './certificate-subject-restriction.js';

const EC = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };

async function submit(name: string, signerName = 'kubernetes.io/kube-apiserver-client') {
  const keys = await crypto.subtle.generateKey(EC, true, ['sign', 'verify']);
  const made = await Pkcs10CertificateRequestGenerator.create({ name, keys, signingAlgorithm: EC });
  const spec = { signerName, request: Buffer.from(made.toString('pem')).toString('base64') };
  const csr = request('certificates.k8s.io/certificatesigningrequests', objectOf({ name: 'x' }, { spec }));
  return admit(new CertificateSubjectRestriction(), csr);
}

it('makes no superusers by certificates for API clients', async () => {
  await expect(submit('O=system:masters, CN=root')).rejects.toThrow(
    'use of kubernetes.io/kube-apiserver-client signer with system:masters group is not allowed',
  );
  await submit('O=dev, CN=ann');
  await submit('O=system:masters, CN=root', 'example.com/other');
});
