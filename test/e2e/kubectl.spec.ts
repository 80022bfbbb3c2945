import { once } from 'node:events';
import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findKubectl, Kubectl } from '../support/kubectl.js';
import { type ServerProcess, startServerProcess } from '../support/server-process.js';
import { APPLIED, DEFINITION, GADGET, WORKLOAD } from './manifests.js';

const WATCH_TIMEOUT_MS = 15_000;
const found = findKubectl();

/** One story: each command meets what those before it left. */
describe.runIf(found !== undefined)('kubectl', () => {
  let server: ServerProcess;
  let kubectl: Kubectl;
  let home: string;
  const inShop = (...args: string[]) => kubectl.ok(['-n', 'shop', ...args]);
  const json = async (...args: string[]) => JSON.parse(await inShop('get', ...args, '-o', 'json'));

  beforeAll(async () => {
    home = mkdtempSync(join(tmpdir(), 'kubenest-e2e-'));
    server = await startServerProcess({ dataDir: join(home, 'data') });
    kubectl = new Kubectl(found ?? '', server.kubeconfig, home);
  });

  afterAll(async () => {
    await server?.stop();
    await rm(home, { recursive: true, force: true });
  });

  it('tells the version of the server', async () => {
    const { serverVersion } = JSON.parse(await kubectl.ok(['version', '-o', 'json']));
    expect(serverVersion).toMatchObject({ major: '1', minor: '37' });
  });

  it('creates a namespace', async () => {
    expect(await kubectl.ok(['create', 'namespace', 'shop'])).toBe('namespace/shop created\n');
    expect(await kubectl.ok(['get', 'namespaces', 'shop'])).toMatch(/NAME\s+STATUS\s+AGE\nshop\s+Active\s+\d+s/);
  });

  it('applies a workload, and changes nothing when it is applied again', async () => {
    const apply = () => kubectl.ok(['-n', 'shop', 'apply', '-f', '-'], { input: WORKLOAD });
    expect(await apply()).toBe('configmap/settings created\nservice/web created\ndeployment.apps/web created\n');
    expect(await apply()).toBe('configmap/settings unchanged\nservice/web unchanged\ndeployment.apps/web unchanged\n');
  });

  it('applies a definition and an object of it', async () => {
    expect(await kubectl.ok(['apply', '-f', '-'], { input: DEFINITION })).toBe(
      'customresourcedefinition.apiextensions.k8s.io/gadgets.e2e.example created\n',
    );
    await kubectl.ok(['wait', '--for=condition=Established', 'crd/gadgets.e2e.example', '--timeout=10s']);
    expect(await kubectl.ok(['-n', 'shop', 'apply', '-f', '-'], { input: GADGET })).toBe(
      'gadget.e2e.example/one created\n',
    );
    expect(await inShop('get', 'gd')).toMatch(/NAME\s+SIZE\none\s+3\n/);
  });

  it('refuses an object that does not fit its definition', async () => {
    const { code, stderr } = await kubectl.run(['-n', 'shop', 'apply', '-f', '-'], {
      input: GADGET.replace('size: 3', 'size: 0').replace('one', 'none'),
    });
    expect(code).toBe(1);
    expect(stderr).toContain('spec.size: Invalid value: 0: spec.size in body should be greater than or equal to 1');
  });

  it('shows objects wide, as YAML, as JSON, by JSONPath and by name', async () => {
    expect(await inShop('get', 'deployment,service', '-o', 'wide')).toMatch(/CONTAINERS\s+IMAGES\s+SELECTOR/);
    expect(await inShop('get', 'deployment', 'web', '-o', 'yaml')).toContain('\n  name: web\n');
    expect(await json('deployment', 'web')).toMatchObject({ kind: 'Deployment', spec: { replicas: 2 } });
    expect(await inShop('get', 'cm', 'settings', '-o', 'jsonpath={.data.level}')).toBe('info');
    expect(await inShop('get', 'cm,svc', '-o', 'name')).toContain('service/web\n');
    expect(await kubectl.ok(['get', 'cm', '-A', '--field-selector', 'metadata.name=settings', '-o', 'name'])).toBe(
      'configmap/settings\n',
    );
  });

  it('says what does not exist', async () => {
    expect((await kubectl.run(['-n', 'shop', 'get', 'cm', 'none'])).stderr).toBe(
      'Error from server (NotFound): configmaps "none" not found\n',
    );
    expect((await kubectl.run(['get', 'wonders'])).stderr).toBe(
      'error: the server doesn\'t have a resource type "wonders"\n',
    );
  });

  it('watches changes as they happen', async () => {
    const watch = kubectl.spawn(['-n', 'shop', 'get', 'cm', 'settings', '-w', '-o', 'jsonpath={.data.level}{"\\n"}']);
    let seen = '';
    watch.stdout?.on('data', (chunk: Buffer) => {
      seen += chunk.toString();
    });
    const shows = async (text: string) => {
      for (const end = Date.now() + WATCH_TIMEOUT_MS; !seen.includes(text) && Date.now() < end; ) await delay(50);
      expect(seen).toContain(text);
    };
    await shows('info\n');
    await inShop('patch', 'cm', 'settings', '--type=merge', '-p', '{"data":{"level":"debug"}}');
    await shows('debug\n');
    watch.kill();
    await once(watch, 'close');
  });

  it.each([
    ['deployment', 'web', /Replicas:\s+2 desired/],
    ['service', 'web', /TargetPort:\s+8080\/TCP/],
    ['cm', 'settings', /level:\n----\n/],
    ['gadget', 'one', /API Version:\s+e2e\.example\/v1/],
    ['namespace', 'shop', /Status:\s+Active/],
  ])('describes a %s', async (kind, name, wanted) => {
    expect(await inShop('describe', kind, name)).toMatch(wanted);
  });

  it('explains built-in and custom kinds', async () => {
    expect(await kubectl.ok(['explain', 'deployment.spec.replicas'])).toMatch(/FIELD: replicas <integer>/);
    const text = await kubectl.ok(['explain', 'gadget.spec']);
    expect(text).toMatch(/size\t<integer> -required-/);
    expect(text).toContain('How big it is.');
    expect(await kubectl.ok(['explain', 'pod.spec', '--recursive'])).toContain('containers\t<[]Container> -required-');
  });

  it('lists resources and versions', async () => {
    const resources = await kubectl.ok(['api-resources']);
    expect(resources).toMatch(/^deployments\s+deploy\s+apps\/v1\s+true\s+Deployment$/m);
    expect(resources).toMatch(/^gadgets\s+gd\s+e2e\.example\/v1\s+true\s+Gadget$/m);
    expect(await kubectl.ok(['api-versions'])).toMatch(/^e2e\.example\/v1$/m);
  });

  it('labels and annotates', async () => {
    await inShop('label', 'cm', 'settings', 'tier=front');
    await inShop('annotate', 'cm', 'settings', 'note=checked');
    expect(await inShop('get', 'cm', '-l', 'tier in (front, back)', '-o', 'name')).toBe('configmap/settings\n');
    expect((await json('cm', 'settings')).metadata).toMatchObject({
      labels: { tier: 'front' },
      annotations: { note: 'checked' },
    });
    expect((await kubectl.run(['-n', 'shop', 'label', 'cm', 'settings', 'tier=back'])).stderr).toContain('--overwrite');
  });

  it('edits with an editor', async () => {
    const editor = join(home, 'editor.sh');
    writeFileSync(editor, '#!/bin/sh\nsed -i s/debug/warn/ "$1"\n');
    chmodSync(editor, 0o755);
    await kubectl.ok(['-n', 'shop', 'edit', 'cm', 'settings'], { env: { KUBE_EDITOR: editor } });
    expect((await json('cm', 'settings')).data).toEqual({ level: 'warn' });
  });

  it('shows a difference without making it', async () => {
    const changed = WORKLOAD.replace('example/server:1', 'example/server:2');
    const { code, stdout } = await kubectl.run(['-n', 'shop', 'diff', '-f', '-'], { input: changed });
    expect(code).toBe(1);
    expect(stdout).toMatch(/^\+\s+- image: example\/server:2$/m);
    expect((await json('deployment', 'web')).spec.template.spec.containers[0].image).toBe('example/server:1');
  });

  it('applies on the server, and tells of conflicts', async () => {
    const apply = (owner: string, ...more: string[]) =>
      kubectl.run(['-n', 'shop', 'apply', '--server-side', `--field-manager=${owner}`, ...more, '-f', '-'], {
        input: APPLIED.replace('FIELD', owner),
      });
    expect((await apply('first')).stdout).toBe('configmap/applied serverside-applied\n');
    const conflict = await apply('second');
    expect(conflict.code).toBe(1);
    expect(conflict.stderr).toContain('Apply failed with 1 conflict: conflict with "first": .data.owner');
    expect((await apply('second', '--force-conflicts')).code).toBe(0);
    const { metadata } = await json('cm', 'applied', '--show-managed-fields');
    expect(metadata.managedFields).toMatchObject([{ manager: 'second', operation: 'Apply' }]);
  });

  it('scales', async () => {
    expect(await inShop('scale', 'deployment/web', '--replicas=5', '--current-replicas=2')).toBe(
      'deployment.apps/web scaled\n',
    );
    await inShop('scale', 'gadget/one', '--replicas=7');
    expect((await json('deployment', 'web')).spec.replicas).toBe(5);
    expect((await json('gadget', 'one')).spec).toEqual({ size: 7, color: 'red' });
  });

  it('patches in three ways', async () => {
    const patch = (type: string, body: object) =>
      inShop('patch', 'deployment', 'web', `--type=${type}`, '-p', JSON.stringify(body));
    const container = { name: 'server', env: [{ name: 'A', value: '1' }] };
    await patch('strategic', { spec: { template: { spec: { containers: [container] } } } });
    await patch('merge', { metadata: { labels: { merged: 'yes', app: null } } });
    await patch('json', [{ op: 'replace', path: '/spec/replicas', value: 4 }]);
    const { metadata, spec } = await json('deployment', 'web');
    expect(metadata.labels).toEqual({ merged: 'yes' });
    expect(spec.replicas).toBe(4);
    expect(spec.template.spec.containers[0]).toMatchObject({
      image: 'example/server:1',
      env: [{ name: 'A', value: '1' }],
    });
  });

  it('sets images and replaces objects', async () => {
    await inShop('set', 'image', 'deployment/web', 'server=example/server:3');
    const object = await json('cm', 'applied');
    object.data = { owner: 'replaced' };
    await kubectl.ok(['replace', '-f', '-'], { input: JSON.stringify(object) });
    const stale = await kubectl.run(['replace', '-f', '-'], { input: JSON.stringify(object) });
    expect(stale.stderr).toContain('the object has been modified; please apply your changes to the latest version');
  });

  it('asks what it may do', async () => {
    expect(await kubectl.ok(['auth', 'can-i', 'delete', 'nodes'])).toBe('yes\n');
    expect((await kubectl.run(['auth', 'can-i', 'delete', 'pods', '--as', 'nobody'])).stdout).toBe('no\n');
    await inShop('create', 'role', 'reader', '--verb=get,list', '--resource=configmaps');
    await inShop('create', 'rolebinding', 'reader', '--role=reader', '--user=bob');
    expect((await kubectl.run(['-n', 'shop', 'auth', 'can-i', 'list', 'cm', '--as', 'bob'])).stdout).toBe('yes\n');
    expect(await kubectl.ok(['auth', 'whoami'])).toContain('system:masters');
    expect((await kubectl.run(['-n', 'shop', 'get', 'pods', '--as', 'bob'])).stderr).toContain(
      'pods is forbidden: User "bob" cannot list resource "pods" in API group "" in the namespace "shop"',
    );
  });

  it('creates tokens', async () => {
    await inShop('create', 'serviceaccount', 'robot');
    const token = (await inShop('create', 'token', 'robot')).trim();
    const robot = await kubectl.run([
      '--token',
      token,
      '--kubeconfig',
      '/dev/null',
      '--server',
      server.url,
      ...INSECURE,
    ]);
    expect(robot.stdout).toContain('system:serviceaccount:shop:robot');
  });

  it('proxies', async () => {
    const proxy = kubectl.spawn(['proxy', '--port=0']);
    let text = '';
    proxy.stdout?.on('data', (chunk: Buffer) => {
      text += chunk.toString();
    });
    for (const end = Date.now() + WATCH_TIMEOUT_MS; !text.includes(':') && Date.now() < end; ) await delay(50);
    const port = Number(/:(\d+)/.exec(text)?.[1]);
    const answer = await new Promise<string>((resolve, reject) => {
      request({ port, path: '/api/v1/namespaces/shop/configmaps/settings' }, (response) => {
        let body = '';
        response.on('data', (chunk: Buffer) => {
          body += chunk.toString();
        });
        response.on('end', () => resolve(body));
      })
        .on('error', reject)
        .end();
    });
    proxy.kill();
    expect(JSON.parse(answer)).toMatchObject({ kind: 'ConfigMap', data: { level: 'warn' } });
  });

  it('deletes and waits until it is gone', async () => {
    expect(await inShop('delete', 'service', 'web', '--wait')).toContain('service "web" deleted');
    expect((await kubectl.run(['-n', 'shop', 'get', 'service', 'web'])).code).toBe(1);
    await inShop('patch', 'gadget', 'one', '--type=merge', '-p', '{"metadata":{"finalizers":["e2e.example/hold"]}}');
    const deletion = inShop('delete', 'gadget', 'one', '--wait', '--timeout=20s');
    for (let tries = 0; tries < 100; tries++) {
      if ((await json('gadget', 'one')).metadata.deletionTimestamp !== undefined) break;
      await delay(50);
    }
    await inShop('patch', 'gadget', 'one', '--type=merge', '-p', '{"metadata":{"finalizers":null}}');
    expect(await deletion).toContain('gadget.e2e.example "one" deleted');
  });

  it('finds everything that was acknowledged after kill -9 and a new start', async () => {
    const kinds = 'cm,deployment,serviceaccount,role,rolebinding,crd,ns';
    for (let at = 0; at < 20; at++) await inShop('create', 'cm', `late-${at}`, `--from-literal=at=${at}`);
    await kubectl.ok(['-n', 'shop', 'apply', '-f', '-'], { input: GADGET.replace('one', 'two') });
    const before = await json(kinds);
    await server.kill('SIGKILL');
    server = await startServerProcess({ dataDir: join(home, 'data'), port: server.port });
    expect(await json(kinds)).toEqual(before);
    expect((await json('gadget', 'two')).spec.size).toBe(3);
  });

  it('deletes a namespace with all that is in it', async () => {
    expect(await kubectl.ok(['delete', 'namespace', 'shop', '--wait', '--timeout=40s'])).toContain('"shop" deleted');
    expect((await kubectl.run(['get', 'cm', '-n', 'shop'])).stderr).toBe('No resources found in shop namespace.\n');
  });
});

const INSECURE = ['--insecure-skip-tls-verify', 'auth', 'whoami'];

describe('kubectl on this machine', () => {
  it.runIf(process.env['CI'] !== undefined)('is there, so that its story was told', () => {
    expect(found).toBeDefined();
  });
});
