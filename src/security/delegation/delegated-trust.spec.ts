import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { makeCertificates, type TestCertificates } from '../../../test/support/test-certificates.js';
import { type CompletedConfig, optionsOf } from '../../config/complete.js';
import type { ServerOptions } from '../../config/server-options.js';
import { type Authorities, DelegatedTrust } from './delegated-trust.js';

const folder = mkdtempSync(join(tmpdir(), 'kubenest-trust-'));
const OWN: Authorities = { clientCa: 'OWN CLIENTS\n', requestheaderClientCa: 'OWN PROXY\n' };
const REFRESH_MS = 30_000;

describe('trust that another server decides', () => {
  let front: Server;
  let certificates: TestCertificates;
  let kubeconfig: string;
  let data: Record<string, string> | undefined;

  beforeAll(async () => {
    certificates = await makeCertificates();
    front = createServer({ cert: certificates.server.cert, key: certificates.server.key }, (_request, response) => {
      if (data === undefined) response.writeHead(403).end('{"message":"you may not"}');
      else response.end(JSON.stringify({ data }));
    });
    await new Promise<void>((resolve) => front.listen(0, '127.0.0.1', resolve));
    const { port } = front.address() as AddressInfo;
    const ca = Buffer.from(certificates.authority.cert).toString('base64');
    kubeconfig = join(folder, 'front.kubeconfig');
    const cluster = { server: `https://127.0.0.1:${port}`, 'certificate-authority-data': ca };
    const config = {
      clusters: [{ name: 'c', cluster }],
      users: [{ name: 'u', user: {} }],
      contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
      'current-context': 'x',
    };
    writeFileSync(kubeconfig, JSON.stringify(config));
  });
  afterAll(async () => {
    front.closeAllConnections();
    await new Promise((resolve) => front.close(resolve));
    rmSync(folder, { recursive: true });
  });
  beforeEach(() => {
    data = {
      'client-ca-file': certificates.authority.cert,
      'requestheader-client-ca-file': certificates.authority.cert,
      'requestheader-allowed-names': '["aggregator"]',
      'requestheader-username-headers': '["X-User"]',
    };
  });
  afterEach(() => vi.useRealTimers());

  const pki = { caCert: 'ca.crt', frontProxyCaCert: 'front-proxy-ca.crt' } as CompletedConfig['pki'];
  const config = (more: Partial<ServerOptions> = {}): CompletedConfig => ({
    options: {
      ...optionsOf(new Map()),
      clientCaFile: pki.caCert,
      requestheaderClientCaFile: pki.frontProxyCaCert,
      authenticationKubeconfig: kubeconfig,
      ...more,
    },
    pki,
    withoutEffect: [],
  });

  it("adds its clients to this server's own, and puts its front proxy in the place of this server's", async () => {
    const trust = (await DelegatedTrust.open(config()))!;
    const { cert } = certificates.authority;
    expect(trust.authorities(OWN)).toEqual({
      clientCa: expect.stringContaining(`OWN CLIENTS\n${cert}`),
      requestheaderClientCa: cert,
    });
    expect(trust.apply(config().options)).toMatchObject({
      requestheaderAllowedNames: ['aggregator'],
      requestheaderUsernameHeaders: ['X-User'],
      requestheaderGroupHeaders: ['X-Remote-Group'],
    });
    await trust.close();
  });

  it('leaves alone what the options say themselves', async () => {
    const trust = (await DelegatedTrust.open(config({ requestheaderClientCaFile: 'mine.crt' })))!;
    expect(trust.authorities(OWN).requestheaderClientCa).toBe(OWN.requestheaderClientCa);
    const { options } = config();
    expect(trust.apply(options)).toBe(options);
    await trust.close();
    const mine = { requestheaderClientCaFile: 'mine.crt', clientCaFile: 'mine.crt' };
    expect(await DelegatedTrust.open(config(mine))).toBeUndefined();
    expect(await DelegatedTrust.open(config({ authenticationSkipLookup: true }))).toBeUndefined();
    expect(await DelegatedTrust.open(config({ authenticationKubeconfig: '' }))).toBeUndefined();
  });

  it('believes no front proxy where the other server has none', async () => {
    data = {};
    const trust = (await DelegatedTrust.open(config()))!;
    expect(trust.authorities(OWN)).toEqual({ clientCa: OWN.clientCa, requestheaderClientCa: '' });
    await trust.close();
  });

  it('says what to do where it may not look, and starts all the same where that is tolerated', async () => {
    data = undefined;
    await expect(DelegatedTrust.open(config())).rejects.toThrow(
      /you may not; grant the role extension-apiserver-authentication-reader/,
    );
    const trust = (await DelegatedTrust.open(config({ authenticationTolerateLookupFailure: true })))!;
    expect(trust.authorities(OWN).clientCa).toBe(OWN.clientCa);
    await trust.close();
  });

  it('follows a change of authorities, and lets a failure change nothing', async () => {
    const trust = (await DelegatedTrust.open(config()))!;
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    const seen: Authorities[] = [];
    trust.follow(OWN, (authorities) => seen.push(authorities));
    const next = await makeCertificates();
    vi.advanceTimersByTime(REFRESH_MS);
    data = { ...data, 'client-ca-file': next.authority.cert };
    await vi.waitFor(() => {
      vi.advanceTimersByTime(REFRESH_MS);
      expect(seen).toHaveLength(1);
    });
    expect(seen[0]?.clientCa).toContain(next.authority.cert);
    data = { 'client-ca-file': 'broken' };
    for (let i = 0; i < 3; i++) {
      vi.advanceTimersByTime(REFRESH_MS);
      await delay(50);
    }
    await trust.close();
    expect(seen).toHaveLength(1);
  });
});
