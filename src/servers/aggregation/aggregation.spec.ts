import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import * as x509 from '@peculiar/x509';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { MemoryStorage } from '../../../test/support/memory-storage.js';
import type { KubeObject } from '../../apimachinery/meta/object.js';
import { LOOPBACK_USER } from '../../apimachinery/meta/user-info.js';
import { NotServed } from '../../delegation/not-served.js';
import type { Answer } from '../../endpoints/answer.js';
import type { ApiRequest } from '../../endpoints/api-request.js';
import { HeaderForwarding } from '../../endpoints/proxy/forwarded-headers.js';
import { ServedGroups } from '../../endpoints/served-groups.js';
import type { ApiService, ApiServiceSpec } from '../../registry/apiregistration/api-service.js';
import { ApiServiceStatusStrategy, ApiServiceStrategy } from '../../registry/apiregistration/api-service.strategy.js';
import type { ResourceDefinition } from '../../registry/resource-definition.js';
import { ResourceStore } from '../../registry/resource-store.js';
import { internalContext } from '../../registry/rest/context.js';
import { encodeContent } from '../../storage/content.js';
import type { Collection } from '../../storage/storage.js';
import { AggregationServer } from './aggregation.server.js';
import type { ApiDocuments } from './api-documents.js';
import { ApiServiceRegistrations } from './api-service-registrations.js';
import { ApiServiceTable } from './api-service-table.js';
import { AutoRegistrationReconciler } from './auto-registration.reconciler.js';
import { AvailabilityReconciler } from './availability.reconciler.js';
import { HttpsBackend } from './backends/https-backend.js';
import { ServiceResolver } from './service-resolver.js';

const ctx = internalContext(LOOPBACK_USER, '');
const WRITE = { dryRun: false };

async function certificate() {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const made = await x509.X509CertificateGenerator.createSelfSigned(
    { name: 'CN=backend', keys, signingAlgorithm: algorithm, notAfter: new Date(Date.now() + 3_600_000) },
    webcrypto,
  );
  const key = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)).toString('base64');
  return { cert: made.toString('pem'), key: `-----BEGIN PRIVATE KEY-----\n${key}\n-----END PRIVATE KEY-----` };
}

const ALL = new ServedGroups([]);
/** Discovery is specified elsewhere. */
const NO_DOCUMENTS = { handle: () => undefined } as unknown as ApiDocuments;

describe('the aggregation server', () => {
  let server: Server;
  let port: number;
  let heard: { url: string; headers: Record<string, unknown>; body: string }[] = [];
  let storage: MemoryStorage;
  let store: ResourceStore;
  let services: Collection;
  let table: ApiServiceTable;
  let availability: AvailabilityReconciler;
  let registrations: ApiServiceRegistrations;
  let aggregation: AggregationServer;

  beforeAll(async () => {
    server = createServer(await certificate(), async (request, response) => {
      let body = '';
      for await (const chunk of request) body += String(chunk);
      heard.push({ url: request.url ?? '', headers: request.headers, body });
      if (request.url === '/apis/sea.example.com/v1') {
        response.end(
          JSON.stringify({ resources: [{ name: 'boats', kind: 'Boat', namespaced: true, verbs: ['list'] }] }),
        );
      } else if (request.url === '/apis/sea.example.com/v1/away') {
        response.writeHead(302, { location: 'https://elsewhere.example.com/' }).end();
      } else if (request.url === '/apis/sea.example.com/v1/boats') {
        response.writeHead(201, { location: '/there', 'access-control-allow-origin': '*' }).end('sailing');
      } else response.writeHead(404).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    port = (server.address() as AddressInfo).port;
  });

  afterAll(() => new Promise((resolve) => server.close(resolve)));

  beforeEach(async () => {
    heard = [];
    storage = new MemoryStorage();
    const plain = () => ({ labels: {}, fields: {} });
    const open = (collection: string, namespaced: boolean) =>
      storage.open({ collection, namespaced, attributesOf: plain });
    services = await open('/services', true);
    const endpointSlices = await open('discovery.k8s.io/endpointslices', true);
    const strategy = new ApiServiceStrategy(() => 0);
    const definition = {
      group: 'apiregistration.k8s.io',
      resource: 'apiservices',
      kind: 'APIService',
      namespaced: false,
    };
    store = new ResourceStore({
      definition: definition as ResourceDefinition,
      strategy,
      storage,
      collection: await open('apiregistration.k8s.io/apiservices', false),
      environment: { now: () => 0, newUid: () => 'uid', random: () => 0.5 },
      normalize: (object) => object,
    });
    const collections = { services: () => services, endpointSlices: () => endpointSlices };
    const resolver = new ServiceResolver(collections);
    table = new ApiServiceTable(
      () => store.collection,
      ({ spec }) => new HttpsBackend(spec, resolver, undefined),
    );
    registrations = new ApiServiceRegistrations(table, ALL);
    const status = store.withStrategy(new ApiServiceStatusStrategy(strategy));
    availability = new AvailabilityReconciler(table, resolver, collections, {
      now: () => 0,
      status: () => status,
      onChecked: (name, available) => void registrations.refresh(name, available),
    });
    aggregation = new AggregationServer(
      table,
      NO_DOCUMENTS,
      ALL,
      new HeaderForwarding({ names: ['X-My-User'], prefixes: [] }),
    );
    await table.start();
    availability.start();
  });

  afterEach(async () => {
    await availability.stop();
    await table.stop();
  });

  const addService = (spec: KubeObject['spec']) =>
    services.create(
      'n',
      'backend',
      encodeContent({ metadata: { name: 'backend', namespace: 'n' }, spec: spec ?? {} }, { labels: {}, fields: {} }),
    );

  async function addApi(spec: Partial<ApiServiceSpec> = {}): Promise<void> {
    const service = { namespace: 'n', name: 'backend', port };
    const base = { group: 'sea.example.com', version: 'v1', groupPriorityMinimum: 1000, versionPriority: 15 };
    const object = {
      metadata: { name: 'v1.sea.example.com' },
      spec: { ...base, service, insecureSkipTLSVerify: true, ...spec },
    };
    await store.create(ctx, '', object, WRITE);
    await availability.idle();
  }

  const condition = () =>
    (store.collection.get('v1.sea.example.com')?.decode() as ApiService | undefined)?.status?.conditions?.[0];

  async function send(path: string, more: Partial<ApiRequest> = {}): Promise<Answer> {
    const request = {
      method: 'GET',
      url: path,
      path,
      headers: {},
      info: { verb: 'get', path },
      upgrade: '',
      hasBody: more.headers?.['content-length'] !== undefined,
      auditId: 'audited',
      user: { name: 'ada', uid: '7', groups: ['dev', 'ops'], extra: { 'Scopes.example.com/a': ['x', 'y'] } },
      context: ctx,
      remoteAddress: '10.1.1.1',
      stream: () => Readable.from(['cargo']),
      ...more,
    };
    return aggregation.handle(request as unknown as ApiRequest);
  }

  const text = async (answer: Answer): Promise<string> => {
    if (answer.type === 'bytes') return [answer.body].flat().join('');
    if (answer.type !== 'pipe') throw new Error(answer.type);
    let all = '';
    for await (const chunk of answer.body) all += String(chunk);
    return all;
  };

  it('leaves local and unknown groups to the rest of the chain', async () => {
    await expect(send('/apis/lake.example.com/v1/x')).rejects.toBe(NotServed);
    await expect(send('/api/v1/pods')).rejects.toBe(NotServed);
    await expect(send('/apis/sea.example.com')).rejects.toBe(NotServed);
  });

  it('answers 503 until the service is there, then passes requests on as the user', async () => {
    await addApi();
    expect(condition()).toMatchObject({ status: 'False', reason: 'ServiceNotFound' });
    expect(condition()?.message).toBe('service/backend in "n" is not present');
    expect(await send('/apis/sea.example.com/v1')).toMatchObject({
      status: 503,
      contentType: 'text/plain; charset=utf-8',
    });
    await addService({ type: 'ExternalName', externalName: '127.0.0.1' });
    await availability.idle();
    expect(condition()).toMatchObject({ status: 'True', reason: 'Passed', message: 'all checks passed' });
    const answer = await send('/apis/sea.example.com/v1/boats', {
      method: 'POST',
      headers: {
        authorization: 'Bearer secret',
        'x-remote-user': 'root',
        'x-remote-extra-a': 'b',
        'content-length': '5',
        'content-type': 'text/plain',
      },
    });
    expect(answer).toMatchObject({ type: 'pipe', status: 201 });
    expect(await text(answer)).toBe('sailing');
    expect(answer).toMatchObject({ headers: { location: `https://127.0.0.1:${port}/there` } });
    expect(answer).not.toMatchObject({ headers: { 'access-control-allow-origin': expect.anything() } });
    const call = heard.find(({ url }) => url.endsWith('/boats'));
    expect(call?.body).toBe('cargo');
    expect(call?.headers).toMatchObject({
      'x-remote-user': 'ada',
      'x-remote-uid': '7',
      'x-remote-group': 'dev, ops',
      'x-remote-extra-scopes.example.com%2fa': 'x, y',
      'x-forwarded-for': '10.1.1.1',
      'content-type': 'text/plain',
    });
    expect(call?.headers).not.toHaveProperty('authorization');
    expect(call?.headers).not.toHaveProperty('x-remote-extra-a');
  });

  it('follows no redirect', async () => {
    await addService({ type: 'ExternalName', externalName: '127.0.0.1' });
    await addApi();
    const answer = await send('/apis/sea.example.com/v1/away');
    expect(answer.status).toBe(502);
    expect(await text(answer)).toBe('the backend attempted to redirect this request, which is not permitted');
  });

  it('says which status a failing backend answers its version document with', async () => {
    await addService({ type: 'ExternalName', externalName: '127.0.0.1' });
    await store.create(
      ctx,
      '',
      {
        metadata: { name: 'v2.sea.example.com' },
        spec: {
          group: 'sea.example.com',
          version: 'v2',
          groupPriorityMinimum: 1,
          versionPriority: 1,
          insecureSkipTLSVerify: true,
          service: { namespace: 'n', name: 'backend', port },
        },
      },
      WRITE,
    );
    await availability.idle();
    const url = `https://127.0.0.1:${port}/apis/sea.example.com/v2`;
    expect((table.get('v2.sea.example.com')?.service.status?.conditions ?? [])[0]).toMatchObject({
      reason: 'FailedDiscoveryCheck',
      message: `failing or missing response from ${url}: bad status from ${url}: 404`,
    });
  });

  it('trusts no certificate without being told to', async () => {
    await addService({ type: 'ExternalName', externalName: '127.0.0.1' });
    await addApi({ insecureSkipTLSVerify: false });
    expect(condition()?.reason).toBe('FailedDiscoveryCheck');
    expect(condition()?.message).toContain(
      'tls: failed to verify certificate: x509: certificate signed by unknown authority',
    );
  });

  it('checks port and endpoints of a cluster service', async () => {
    await addService({ type: 'ClusterIP', clusterIP: '10.0.0.9', ports: [{ name: 'web', port: 8080 }] });
    await addApi({ service: { namespace: 'n', name: 'backend', port: 443 } });
    expect(condition()?.message).toBe('service/backend in "n" is not listening on port 443');
  });

  it('tells discovery what a backend has, and that it is stale when the backend is gone', async () => {
    await addService({ type: 'ExternalName', externalName: '127.0.0.1' });
    await addApi();
    const listed = () => registrations.list().find(({ group }) => group === 'sea.example.com');
    await expect.poll(() => listed()?.remote?.stale).toBe(false);
    expect(listed()).toMatchObject({
      group: 'sea.example.com',
      groupPriority: 1000,
      remote: { resources: [{ resource: 'boats', scope: 'Namespaced', responseKind: { kind: 'Boat' } }] },
    });
    const { key, revision } = services.get('n/backend')!;
    await services.delete(key, revision);
    await availability.idle();
    expect(condition()?.status).toBe('False');
    await expect.poll(() => listed()?.remote?.stale).toBe(true);
  });

  it('lists the group of APIServices, which has none itself', () => {
    expect(registrations.list()).toMatchObject([{ group: 'apiregistration.k8s.io', version: 'v1' }]);
  });

  it('registers the versions of definitions, puts them right, and leaves hand-made ones alone', async () => {
    const crds = await storage.open({
      collection: 'apiextensions.k8s.io/customresourcedefinitions',
      namespaced: false,
      attributesOf: () => ({ labels: {}, fields: {} }),
    });
    const auto = new AutoRegistrationReconciler({
      apiServices: () => store,
      crds: () => crds,
      builtin: () => [{ group: 'apps', version: 'v1', groupPriorityMinimum: 17800, versionPriority: 15 }],
    });
    await auto.start();
    const read = (name: string) => store.collection.get(name)?.decode() as ApiService | undefined;
    const label = (name: string) => read(name)?.metadata.labels?.['kube-aggregator.kubernetes.io/automanaged'];
    expect(label('v1.apps')).toBe('onstart');
    await addApi();
    const crd = {
      metadata: { name: 'boats.sea.example.com' },
      spec: { group: 'sea.example.com', versions: ['v1', 'v2'].map((name) => ({ name, served: true })) },
    };
    const { key, revision } = await crds.create(
      '',
      'boats.sea.example.com',
      encodeContent(crd, { labels: {}, fields: {} }),
    );
    await auto.idle();
    expect(label('v1.sea.example.com')).toBeUndefined();
    expect(read('v2.sea.example.com')?.spec).toEqual({
      group: 'sea.example.com',
      version: 'v2',
      groupPriorityMinimum: 1000,
      versionPriority: 100,
    });
    const demote = (old: Readonly<KubeObject> | undefined) =>
      ({ ...old, spec: { ...(old as ApiService).spec, versionPriority: 5 } }) as KubeObject;
    await store.update(ctx, 'v2.sea.example.com', demote, WRITE);
    await auto.idle();
    expect(read('v2.sea.example.com')?.spec.versionPriority).toBe(100);
    await store.delete(ctx, 'v1.sea.example.com', {}, WRITE);
    await auto.idle();
    expect(label('v1.sea.example.com')).toBe('true');
    await crds.delete(key, revision);
    await auto.idle();
    expect(read('v1.sea.example.com')).toBeUndefined();
    expect(read('v2.sea.example.com')).toBeUndefined();
    expect(read('v1.apps')).toBeDefined();
    await auto.stop();
  });
});
