import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CertificateIssuer } from './certificate-issuer.js';
import { firstAddress } from './ip-range.js';
import { PkiStore } from './pki-store.js';

const NAMES = { bindAddress: '127.0.0.1', advertiseAddress: '', serviceClusterIpRange: ['10.0.0.0/24'] };
const YEAR_MS = 365 * 24 * 3_600_000;

describe('PkiStore', () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'kubenest-pki-'));
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  const read = (path: string): X509Certificate => new X509Certificate(readFileSync(path));

  it('makes a serving certificate for every name of the server, signed by the authority', async () => {
    const paths = await new PkiStore(dir).ensure(NAMES);
    const serving = read(paths.servingCert);
    for (const name of ['localhost', 'kubernetes', 'kubernetes.default.svc.cluster.local']) {
      expect(serving.checkHost(name)).toBe(name);
    }
    for (const address of ['127.0.0.1', '::1', '10.0.0.1']) expect(serving.checkIP(address)).toBe(address);
    expect(serving.verify(read(paths.caCert).publicKey)).toBe(true);
    expect(read(paths.caCert).ca).toBe(true);
    expect(serving.ca).toBe(false);
  });

  it('gives the administrator a client certificate of the superusers and the front proxy one of its own authority', async () => {
    const paths = await new PkiStore(dir).ensure(NAMES);
    expect(read(paths.adminCert).toLegacyObject().subject).toMatchObject({ O: 'system:masters' });
    expect(read(paths.frontProxyClientCert).verify(read(paths.frontProxyCaCert).publicKey)).toBe(true);
    expect(read(paths.frontProxyClientCert).verify(read(paths.caCert).publicKey)).toBe(false);
  });

  it('keeps keys from others', async () => {
    const paths = await new PkiStore(dir).ensure(NAMES);
    for (const path of [paths.servingKey, paths.serviceAccountKey, paths.adminKey]) {
      expect(statSync(path).mode & 0o777).toBe(0o600);
    }
  });

  it('leaves alone what is good', async () => {
    const paths = await new PkiStore(dir).ensure(NAMES);
    const before = readFileSync(paths.servingCert, 'utf8');
    const issuer = new CertificateIssuer();
    issuer.issue = () => Promise.reject(new Error('nothing is due'));
    await new PkiStore(dir, issuer).ensure(NAMES);
    expect(readFileSync(paths.servingCert, 'utf8')).toBe(before);
  });

  it('renews what expires and what lacks a name, under the same authority', async () => {
    const paths = await new PkiStore(dir).ensure(NAMES);
    const [ca, admin] = [readFileSync(paths.caCert, 'utf8'), readFileSync(paths.adminCert, 'utf8')];
    await new PkiStore(dir).ensure({ ...NAMES, advertiseAddress: '192.0.2.7' });
    expect(read(paths.servingCert).checkIP('192.0.2.7')).toBe('192.0.2.7');
    expect(readFileSync(paths.adminCert, 'utf8')).toBe(admin);
    const later = (): number => Date.now() + YEAR_MS;
    await new PkiStore(dir, new CertificateIssuer(later), later).ensure(NAMES);
    expect(readFileSync(paths.adminCert, 'utf8')).not.toBe(admin);
    expect(readFileSync(paths.caCert, 'utf8')).toBe(ca);
  });
});

describe('firstAddress', () => {
  it.each([
    ['10.0.0.0/24', '10.0.0.1'],
    ['10.96.13.7/12', '10.96.0.1'],
    ['fd00:10::/108', 'fd00:10::1'],
    ['2001:db8:0:1::/64', '2001:db8:0:1::1'],
  ])('of %s is %s', (cidr, address) => {
    expect(firstAddress(cidr)).toBe(address);
  });

  it.each(['10.0.0.0', '10.0.0.0/33', 'x/24', '10.0.0.0/'])('refuses %s', (cidr) => {
    expect(() => firstAddress(cidr)).toThrow('is not a range');
  });
});
