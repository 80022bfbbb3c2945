import type { ClientHttp2Session } from 'node:http2';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { asAdmin } from '../support/api.js';
import { callHttp2, type HttpReply, openHttp2 } from '../support/http-client.js';
import { type ServerProcess, startServerProcess } from '../support/server-process.js';

const RUNS = 250;
const TEST_TIMEOUT_MS = 120_000;
const IN_DEFAULT = '/namespaces/default';
const KINDS: readonly { readonly path: string; readonly seed: object }[] = [
  { path: `/api/v1${IN_DEFAULT}/configmaps`, seed: { data: { a: 'b' }, immutable: false } },
  {
    path: `/api/v1${IN_DEFAULT}/pods`,
    seed: { spec: { containers: [{ name: 'a', image: 'b', ports: [{ containerPort: 80 }], env: [{ name: 'A' }] }] } },
  },
  {
    path: `/api/v1${IN_DEFAULT}/services`,
    seed: { spec: { ports: [{ port: 80, targetPort: 'http' }], selector: { a: 'b' }, type: 'ClusterIP' } },
  },
  {
    path: `/apis/apps/v1${IN_DEFAULT}/deployments`,
    seed: {
      spec: {
        replicas: 1,
        selector: { matchLabels: { a: 'b' } },
        template: { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'a', image: 'b' }] } },
      },
    },
  },
  {
    path: '/apis/rbac.authorization.k8s.io/v1/clusterroles',
    seed: { rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }] },
  },
  {
    path: '/apis/apiextensions.k8s.io/v1/customresourcedefinitions',
    seed: {
      spec: {
        group: 'fuzz.example',
        scope: 'Namespaced',
        names: { plural: 'things', kind: 'Thing' },
        versions: [
          {
            name: 'v1',
            served: true,
            storage: true,
            schema: { openAPIV3Schema: { type: 'object', properties: { spec: { type: 'object' } } } },
          },
        ],
      },
    },
  },
];

const scalar = fc.oneof(
  fc.constantFrom(
    null,
    true,
    false,
    0,
    -1,
    1.5,
    2 ** 53,
    1e300,
    '',
    'a',
    '10Gi',
    '0x1',
    'a/b',
    '\u0000',
    '\ud800',
    '__proto__',
  ),
  fc.string({ maxLength: 20 }),
  fc.integer(),
);
const junk = fc.oneof(
  scalar,
  fc.array(scalar, { maxLength: 3 }),
  fc.dictionary(fc.string({ maxLength: 8 }), scalar, { maxKeys: 3 }),
);

/** An object of a kind in which some values have been swapped, taken away, or joined by others. */
function twisted(seed: unknown): fc.Arbitrary<unknown> {
  const rarely = { arbitrary: junk, weight: 1 };
  if (Array.isArray(seed)) {
    const items = fc.tuple(...seed.map(twisted));
    return fc.oneof(
      rarely,
      { arbitrary: items, weight: 6 },
      { arbitrary: items.map((all) => [...all, ...all]), weight: 1 },
    );
  }
  if (typeof seed === 'object' && seed !== null) {
    const parts = Object.fromEntries(
      Object.entries(seed).map(([key, value]) => [key, fc.option(twisted(value), { freq: 12 })]),
    );
    const whole = fc.record(parts, { noNullPrototype: true });
    const more = fc.tuple(whole, fc.dictionary(fc.string({ maxLength: 8 }), junk, { maxKeys: 2 }));
    return fc.oneof(
      rarely,
      { arbitrary: whole, weight: 8 },
      { arbitrary: more.map(([object, extra]) => ({ ...object, ...extra })), weight: 1 },
    );
  }
  return fc.oneof(rarely, { arbitrary: fc.constant(seed), weight: 8 });
}

const METADATA = {
  name: 'fuzz',
  labels: { a: 'b' },
  annotations: { c: 'd' },
  finalizers: ['a/b'],
  ownerReferences: [],
};

describe('whatever comes, the server answers in good order', () => {
  let server: ServerProcess;
  let session: ClientHttp2Session;

  beforeAll(async () => {
    server = await startServerProcess({ flags: ['--disable-admission-plugins=ServiceAccount', '--reconcilers=-*'] });
    session = openHttp2(server.url);
    session.on('error', () => {});
  });

  afterAll(async () => {
    session?.destroy();
    await server?.stop();
  });

  /** No fault of the server's own, and a Status for what is refused. */
  const expectGoodOrder = ({ status, headers, body }: HttpReply) => {
    expect(status).toBeGreaterThanOrEqual(200);
    // Some refusals are a 500 with a reason to read, as the reference's are; a fault has none.
    expect(body).not.toContain('"Internal Server Error"');
    if (status >= 400 && body !== '' && headers['content-type'] === 'application/json') {
      expect(JSON.parse(body)).toMatchObject({ kind: 'Status', code: status });
    }
  };

  it.each(KINDS)(
    'objects at $path',
    async ({ path, seed }) => {
      const object = twisted({ metadata: METADATA, ...seed });
      await fc.assert(
        fc.asyncProperty(object, fc.constantFrom('Ignore', 'Warn', 'Strict'), async (value, validation) => {
          const body = JSON.stringify(value);
          const made = await asAdmin(server, `${path}?fieldValidation=${validation}`, { method: 'POST', body });
          expectGoodOrder(made);
          if (made.status !== 201) return;
          const { metadata } = JSON.parse(made.body) as { metadata: { name: string } };
          const own = `${path}/${encodeURIComponent(metadata.name)}`;
          const headers = { 'content-type': 'application/merge-patch+json' };
          expectGoodOrder(
            await asAdmin(server, own, { method: 'PATCH', body: '{"metadata":{"finalizers":null}}', headers }),
          );
          expectGoodOrder(await asAdmin(server, own, { method: 'DELETE' }));
        }),
        { numRuns: RUNS },
      );
    },
    TEST_TIMEOUT_MS,
  );

  it(
    'patches of every type',
    async () => {
      const [kind] = KINDS.filter(({ path }) => path.endsWith('deployments'));
      const path = `${kind?.path}/patched`;
      const body = JSON.stringify({ metadata: { name: 'patched' }, ...kind?.seed });
      expect((await asAdmin(server, kind?.path ?? '', { method: 'POST', body })).status).toBe(201);
      const operation = fc.record(
        {
          op: fc.constantFrom('add', 'remove', 'replace', 'move', 'copy', 'test', 'twist'),
          path: fc.constantFrom(
            '',
            '/',
            '/metadata/labels/a',
            '/spec/replicas',
            '/spec/template/spec/containers/-',
            '/spec/x/~2',
          ),
          from: fc.constantFrom('', '/spec', '/metadata/labels'),
          value: junk,
        },
        { requiredKeys: ['op'] },
      );
      const anyPatch = fc.oneof(
        fc.tuple(fc.constant('application/json-patch+json'), fc.oneof(fc.array(operation, { maxLength: 4 }), junk)),
        fc.tuple(
          fc.constantFrom(
            'application/merge-patch+json',
            'application/strategic-merge-patch+json',
            'application/apply-patch+yaml',
          ),
          twisted({ $patch: 'merge', apiVersion: 'apps/v1', kind: 'Deployment', metadata: METADATA, ...kind?.seed }),
        ),
      );
      await fc.assert(
        fc.asyncProperty(
          anyPatch,
          fc.constantFrom('', '?fieldManager=f', '?fieldManager=f&force=true'),
          async ([type, patch], query) => {
            const options = { method: 'PATCH', body: JSON.stringify(patch), headers: { 'content-type': type } };
            expectGoodOrder(await asAdmin(server, path + query, options));
          },
        ),
        { numRuns: RUNS * 2 },
      );
    },
    TEST_TIMEOUT_MS,
  );

  it(
    'paths, methods and queries',
    async () => {
      const segment = fc.oneof(
        fc.constantFrom(
          'api',
          'apis',
          'v1',
          'apps',
          'namespaces',
          'default',
          'pods',
          'log',
          'status',
          'scale',
          'proxy',
          'watch',
          '..',
          '.',
          '',
          '%',
          '%2F',
          '%00',
          '%ff',
        ),
        fc.webSegment({ size: 'small' }),
      );
      const key = fc.constantFrom(
        'labelSelector',
        'fieldSelector',
        'limit',
        'continue',
        'resourceVersion',
        'resourceVersionMatch',
        'dryRun',
        'pretty',
        'fieldManager',
        'timeoutSeconds',
        'a',
      );
      const value = fc.oneof(
        fc.constantFrom('0', '-1', 'All', 'a=b', '!a', 'a in (b)', '=', '99999999999999999999'),
        fc.string({ maxLength: 20 }),
      );
      const query = fc.array(fc.tuple(key, value), { maxLength: 4 });
      const method = fc.constantFrom('GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE');
      await fc.assert(
        fc.asyncProperty(method, fc.array(segment, { maxLength: 8 }), query, async (verb, segments, pairs) => {
          // The namespace and the definitions of the other tests stay.
          fc.pre(verb !== 'DELETE' || segments.length < 2);
          const path = `/${segments.join('/')}?${new URLSearchParams(pairs)}`;
          const reply = await callHttp2(session, {
            ':method': verb,
            ':path': path,
            authorization: 'Bearer admin-token',
          });
          // No kubelet is there to ask.
          if (reply.status === 503 || reply.status === 501) return;
          expectGoodOrder(reply);
        }),
        { numRuns: RUNS * 4 },
      );
    },
    TEST_TIMEOUT_MS,
  );

  it(
    'headers',
    async () => {
      const type = fc.oneof(
        fc.constantFrom(
          'application/json',
          '*/*',
          'application/json;as=Table;v=v1;g=meta.k8s.io',
          'application/*;q=0',
          ',,,',
          ';q=1',
        ),
        fc.stringMatching(/^[ -~]{0,30}$/),
      );
      const header = fc.record({
        accept: type,
        'content-type': type,
        'impersonate-user': fc.option(fc.stringMatching(/^[!-~]{0,20}$/), { nil: undefined }),
        'if-none-match': fc.stringMatching(/^[ -~]{0,20}$/),
        authorization: fc.oneof(fc.constant('Bearer admin-token'), fc.stringMatching(/^(Bearer |Basic )?[!-~]{0,30}$/)),
      });
      await fc.assert(
        fc.asyncProperty(
          header,
          fc.constantFrom('/api', '/version', `/api/v1${IN_DEFAULT}/configmaps`),
          async (given, path) => {
            const headers = Object.fromEntries(
              Object.entries(given).filter((pair): pair is [string, string] => pair[1] !== undefined),
            );
            for (const method of ['GET', 'POST']) {
              const body = method === 'POST' ? '{"metadata":{"generateName":"fuzz-"}}' : undefined;
              const options = body === undefined ? { method, headers } : { method, headers, body };
              expectGoodOrder(await asAdmin(server, path, options));
            }
          },
        ),
        { numRuns: RUNS },
      );
    },
    TEST_TIMEOUT_MS,
  );
});
