import { chmodSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { completeConfig, optionsOf } from './complete.js';
import { helpText } from './help.js';
import { makeDirectory } from './make-directory.js';
import { OPTION_SECTIONS, OPTIONS } from './option-table.js';
import { editDistance, parseArguments } from './parse-arguments.js';

const optionsFrom = (...args: string[]) => optionsOf(parseArguments(args).texts);

describe('flags', () => {
  it('are understood in every form', () => {
    const options = optionsFrom(
      '--secure-port',
      '7443',
      '--disable-admission-plugins=ServiceAccount',
      '--authorization-mode=Node,RBAC',
      '--service-cluster-ip-range=10.1.0.0/16',
      '--service-account-issuer=a',
      '--service-account-issuer=b,c',
      '--disable-http2-serving',
      '--anonymous_auth=false',
      '--request-timeout=1m30s',
      '--watch-queue-size=2Mi',
      '--service-node-port-range=30000-30010',
    );
    expect(options).toMatchObject({
      securePort: 7443,
      disableAdmissionPlugins: ['ServiceAccount'],
      authorizationMode: ['Node', 'RBAC'],
      serviceClusterIpRange: ['10.1.0.0/16'],
      serviceAccountIssuer: ['a', 'b', 'c'],
      apiAudiences: ['a', 'b', 'c'],
      disableHttp2Serving: true,
      anonymousAuth: false,
      requestTimeoutMs: 90_000,
      watchQueueBytesMax: 2 << 20,
      serviceNodePortRange: { from: 30_000, to: 30_010 },
    });
  });

  it('have defaults that all parse', () => {
    expect(optionsFrom()).toMatchObject({
      securePort: 6443,
      bindAddress: '127.0.0.1',
      advertiseAddress: '127.0.0.1',
      bodySizeBytesMax: 3 * 1024 * 1024,
      shutdownDelayMs: 0,
      minRequestTimeoutMs: 1_800_000,
      reconcilers: ['*'],
      tokenAuthFile: '',
    });
  });

  it.each([
    ['--secure-prot=1', 'unknown option --secure-prot; did you mean --secure-port? (--help lists all)'],
    ['--zzzzzz', 'unknown option --zzzzzz (--help lists all)'],
    ['--secure-port=abc', '--secure-port: "abc" is not a port from 0 to 65535'],
    ['--secure-port', '--secure-port needs a value'],
    ['--anonymous-auth=perhaps', '--anonymous-auth: "perhaps" is not true or false'],
    ['--request-timeout=5x', '--request-timeout: "5x" is not a duration such as 1m30s'],
    ['--logging-format=xml', '--logging-format: "xml" is not one of text, json'],
    ['pods', 'unexpected argument "pods"; options start with --'],
    ['--encryption-provider-config=x', '--encryption-provider-config is not supported yet'],
  ])('that are wrong get one clear line: %s', (arg, message) => {
    expect(() => optionsFrom(arg)).toThrow(message);
  });

  it("of kube-apiserver's that have nothing to do here are named", () => {
    const parsed = parseArguments(['--etcd-servers', 'http://x:2379', '--allow-privileged=true', '--secure-port=1']);
    expect(parsed.withoutEffect).toEqual(['etcd-servers', 'allow-privileged']);
    expect(parsed.texts.get('secure-port')).toEqual(['1']);
  });

  it('are all in the help, each with a text', () => {
    const help = helpText();
    for (const { name, help: text } of OPTIONS.values()) {
      expect(help).toContain(`--${name}`);
      expect(text).toMatch(/\.$/);
    }
    expect(new Set(OPTION_SECTIONS.flatMap(({ options }) => options.map(({ key }) => key))).size).toBe(OPTIONS.size);
    for (const line of help.split('\n')) expect(line.length).toBeLessThanOrEqual(120);
  });

  it('give any duration back in milliseconds', () => {
    fc.assert(
      fc.property(fc.nat(99), fc.nat(59), fc.nat(59), (h, m, s) => {
        const { requestTimeoutMs } = optionsFrom(`--request-timeout=${h}h${m}m${s}s`);
        expect(requestTimeoutMs).toBe(((h * 60 + m) * 60 + s) * 1_000);
      }),
    );
  });
});

describe('editDistance', () => {
  it('is a metric', () => {
    const text = fc.string({ maxLength: 8, unit: fc.constantFrom('a', 'b', 'c') });
    fc.assert(
      fc.property(text, text, text, (a, b, c) => {
        expect(editDistance(a, b)).toBe(editDistance(b, a));
        expect(editDistance(a, c)).toBeLessThanOrEqual(editDistance(a, b) + editDistance(b, c));
        expect(editDistance(a, b) === 0).toBe(a === b);
      }),
    );
  });
});

describe('completeConfig', () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'kubenest-config-'));
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  const complete = (...args: string[]) => completeConfig(parseArguments(['--data-dir', join(dir, 'data'), ...args]));

  it('takes flags before the config file before defaults', async () => {
    const file = join(dir, 'config.yaml');
    writeFileSync(file, 'secure-port: 1000\nauthorization-mode: [RBAC]\nanonymous-auth: false\netcd-servers: x\n');
    const { options, withoutEffect } = await complete('--config', file, '--secure-port=2000');
    expect(options).toMatchObject({ securePort: 2000, authorizationMode: ['RBAC'], anonymousAuth: false });
    expect(withoutEffect).toEqual(['etcd-servers']);
    expect(Object.isFrozen(options)).toBe(true);
  });

  it('fills in the files of the data folder, private to the owner', async () => {
    const { options, pki } = await complete();
    expect(options).toMatchObject({
      tlsCertFile: pki.servingCert,
      clientCaFile: pki.caCert,
      serviceAccountKeyFile: [pki.serviceAccountKey],
      requestheaderAllowedNames: ['front-proxy-client'],
      storageUrl: `sqlite:${join(dir, 'data', 'state.db')}`,
    });
    expect(statSync(options.dataDir).mode & 0o777).toBe(0o700);
  });

  it.each([
    [['--tls-cert-file=x'], '--tls-cert-file and --tls-private-key-file must be given together'],
    [['--service-cluster-ip-range=nonsense'], '--service-cluster-ip-range: "nonsense" is not a range of addresses'],
    [
      ['--storage-url=mysql://root:hunter2@x/y'],
      '--storage-url: "mysql://***@x/y" must start with sqlite: or postgres://',
    ],
    [['--config=/nowhere.yaml'], '--config: cannot read /nowhere.yaml'],
  ])('refuses %s', async (args, message) => {
    await expect(complete(...args)).rejects.toThrow(message);
  });

  it('refuses unknown names and shapes in the config file', async () => {
    const file = join(dir, 'config.yaml');
    writeFileSync(file, 'secure-prot: 1\n');
    await expect(complete('--config', file)).rejects.toThrow(
      `${file}: unknown option secure-prot; did you mean secure-port?`,
    );
    writeFileSync(file, '- a\n');
    await expect(complete('--config', file)).rejects.toThrow('must hold a map');
    writeFileSync(file, 'secure-port: {a: 1}\n');
    await expect(complete('--config', file)).rejects.toThrow('secure-port must be a text');
  });

  it('says what to do when the data folder is a file', async () => {
    writeFileSync(join(dir, 'data'), '');
    await expect(complete()).rejects.toThrow('choose another with --data-dir');
  });
});

describe('makeDirectory', () => {
  it('gives up where nothing can be made', () => {
    expect(() => makeDirectory('/proc/nothing/here')).toThrow();
    const dir = mkdtempSync(join(tmpdir(), 'kubenest-mkdir-'));
    makeDirectory(join(dir, 'a', 'b'));
    expect(statSync(join(dir, 'a', 'b')).isDirectory()).toBe(true);
    chmodSync(dir, 0o700);
    rmSync(dir, { recursive: true });
  });
});
