import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ApiServer, createApiServer, type KubeObject } from 'kubenest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { becomesAvailable, freePort } from '../../test/support/aggregated.js';
import { ExampleProcess } from '../../test/support/example-process.js';
import { call } from '../../test/support/http-client.js';
import { findKubectl, Kubectl } from '../../test/support/kubectl.js';

const FOLDER = 'examples/python-backend';

function runs(program: string, ...args: string[]): boolean {
  try {
    execFileSync(program, args, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

const kubectlPath = findKubectl();
const missing = [
  ...(kubectlPath === undefined ? ['kubectl'] : []),
  ...(runs('python3', '-c', 'import ssl, http.server') ? [] : ['python3']),
  ...(runs('openssl', 'version') ? [] : ['openssl']),
];
if (missing.length > 0) console.log(`no ${missing.join(', ')} on this machine: the backend in Python is not run`);

describe.runIf(missing.length === 0)('the backend in Python', () => {
  const home = ExampleProcess.home();
  let server: ApiServer;
  let kubectl: Kubectl;
  let example: ExampleProcess;
  let port: number;
  const reports = () => server.client.resource({ apiVersion: 'weather.example.com/v1', resource: 'reports' });

  beforeAll(async () => {
    server = await createApiServer();
    kubectl = new Kubectl(kubectlPath!, server.kubeconfigPath, home);
    const trust = ['get', 'configmap', '-n', 'kube-system', 'extension-apiserver-authentication'];
    const ca = join(home, 'front-proxy-ca.pem');
    writeFileSync(ca, await kubectl.ok([...trust, '-o', 'jsonpath={.data.requestheader-client-ca-file}']));
    port = await freePort();
    const args = [`${FOLDER}/weather.py`, '--front-proxy-ca', ca, '--port', String(port), '--folder', home];
    example = await ExampleProcess.run('python3', args, 'are served');
    await kubectl.ok(['apply', '-f', '-'], { input: readFileSync(join(home, 'weather.yaml'), 'utf8') });
    await becomesAvailable(server, 'v1.weather.example.com');
  });
  afterAll(async () => {
    await server?.close();
    await example?.stop();
  });

  it('is used with kubectl as every other API', async () => {
    const input = ExampleProcess.read(`${FOLDER}/report.yaml`);
    expect(await kubectl.ok(['create', '-f', '-'], { input })).toContain('harbour created');
    expect(await kubectl.ok(['get', 'reports'])).toMatch(/NAME +AGE\nharbour +\d+s\n/);
    expect(await kubectl.ok(['get', 'report', 'harbour', '-o', 'jsonpath={.sky} {.reporter}'])).toBe(
      'cloudy kubernetes-admin',
    );
    expect((await kubectl.run(['get', 'report', 'desert'])).stderr).toContain(
      'reports.weather.example.com "desert" not found',
    );
    expect(await kubectl.ok(['delete', 'report', 'harbour'])).toContain('"harbour" deleted');
  });

  it('is watched through the proxy', async () => {
    const abort = new AbortController();
    const seen: string[] = [];
    const watching = (async () => {
      for await (const { type, object } of reports().watch({ signal: abort.signal }))
        seen.push(`${type} ${object.metadata.name}`);
    })().catch(() => {});
    const report: KubeObject = { kind: 'Report', metadata: { name: 'storm', namespace: 'default' } };
    await reports().create(report);
    await reports().delete('storm', { namespace: 'default' });
    await expect.poll(() => seen, { timeout: 10_000 }).toEqual(['ADDED storm', 'DELETED storm']);
    abort.abort();
    await watching;
  });

  it('believes nobody but the front proxy', async () => {
    const url = `https://127.0.0.1:${port}/apis/weather.example.com/v1/reports`;
    expect((await call(url, { headers: { 'x-remote-user': 'root' } })).status).toBe(401);
  });
});
