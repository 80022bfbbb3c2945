import { execFileSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../../test/support/aggregated.js';
import { ExampleProcess } from '../../test/support/example-process.js';
import { findKubectl, Kubectl, linkKubectl } from '../../test/support/kubectl.js';

const FOLDER = 'examples/kubenest-behind-kubenest';
const path = findKubectl();

function hasOpenssl(): boolean {
  try {
    execFileSync('openssl', ['version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

const missing = [...(path === undefined ? ['kubectl'] : []), ...(hasOpenssl() ? [] : ['openssl'])];
if (missing.length > 0) console.log(`no ${missing.join(', ')} on this machine: kubenest behind kubenest is not run`);

describe.runIf(missing.length === 0)('kubenest behind kubenest', () => {
  const home = ExampleProcess.home();
  let example: ExampleProcess;
  let front: Kubectl;

  beforeAll(async () => {
    const ports = [String(await freePort()), String(await freePort())];
    const bin = dirname(linkKubectl(path!, join(home, 'bin')));
    const env = { PATH: `${bin}:${process.env['PATH']}`, HOME: home };
    example = await ExampleProcess.run('sh', [`${FOLDER}/start.sh`, home, ...ports], 'both are ready', env);
    front = new Kubectl(path!, join(home, 'front', 'admin.kubeconfig'), home);
  }, 180_000);
  afterAll(() => example?.stop());

  it('is one API for who uses it', async () => {
    await front.ok(['create', 'namespace', 'harbour']);
    const input = ExampleProcess.read(`${FOLDER}/boat.yaml`);
    expect(await front.ok(['apply', '-f', '-'], { input })).toContain('boat.sea.example.com/ark created');
    expect(await front.ok(['get', 'boats', '-n', 'harbour'])).toMatch(/NAME +METRES\nark +135\n/);
    expect(await front.ok(['explain', 'boats.spec.metres'])).toContain('From bow to stern.');
  });

  it('has one set of rights', async () => {
    const ask = ['auth', 'can-i', 'list', 'boats', '-n', 'harbour', '--as', 'sailor'];
    expect((await front.run(ask)).stdout).toContain('no');
    const list = ['get', 'boats', '-n', 'harbour', '--as', 'sailor'];
    expect((await front.run(list)).stderr).toContain('User "sailor" cannot list resource "boats"');
    await front.ok([
      'create',
      'role',
      'boats',
      '-n',
      'harbour',
      '--verb',
      'get,list',
      '--resource',
      'boats.sea.example.com',
    ]);
    await front.ok(['create', 'rolebinding', 'boats', '-n', 'harbour', '--role', 'boats', '--user', 'sailor']);
    expect(await front.ok(list)).toContain('ark');
  });

  it('keeps apart what each has', async () => {
    const back = new Kubectl(path!, join(home, 'back', 'admin.kubeconfig'), home);
    expect(await back.ok(['get', 'boats', '-n', 'harbour'])).toContain('ark');
    expect((await back.run(['get', 'configmaps', '-n', 'kube-system'])).stderr).toContain(
      `the server doesn't have a resource type "configmaps"`,
    );
    expect(await front.ok(['get', 'crds'])).not.toContain('boats');
  });
});
