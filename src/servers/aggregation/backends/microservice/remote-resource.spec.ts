import { beforeEach, describe, expect, it } from 'vitest';
import { modifiedConflict, notFound, StatusError } from '../../../../apimachinery/errors/status-error.js';
import type { KubeObject } from '../../../../apimachinery/meta/object.js';
import { LOOPBACK_USER } from '../../../../apimachinery/meta/user-info.js';
import { EVERYTHING } from '../../../../apimachinery/selectors/selector.js';
import { Catalogue } from '../../../../apis/catalogue.js';
import { BACKEND_VERBS, type ResourceDescription } from '../../../../backend/protocol.js';
import { internalContext } from '../../../../registry/rest/context.js';
import type { ListOptions } from '../../../../registry/rest/storage.js';
import { MessageError } from './message-client.js';
import { defineRemote, readDiscovery } from './remote-definition.js';
import { RemoteResource } from './remote-resource.js';
import { type Asked, FakeClient } from './testing.js';

const ctx = internalContext(LOOPBACK_USER, 'n');
const VERSION = { group: 'kitchen.example.com', version: 'v1' };
const TEAPOTS: ResourceDescription = {
  resource: 'teapots',
  kind: 'Teapot',
  namespaced: true,
  verbs: BACKEND_VERBS,
  status: true,
};
const RESOURCE = { group: VERSION.group, resource: 'teapots' };
const EVERY: ListOptions = {
  labels: EVERYTHING,
  fields: EVERYTHING,
  limit: 0,
  continueToken: '',
  resourceVersion: '',
  resourceVersionMatch: '',
};
const WRITE = { dryRun: false };
const catalogue = new Catalogue();

const stored = (version: number, more: object = {}): KubeObject => ({
  metadata: {
    name: 'a',
    namespace: 'n',
    uid: 'u',
    resourceVersion: String(version),
    creationTimestamp: '2026-01-01T00:00:00Z',
  },
  ...more,
});

describe('a resource of a backend', () => {
  let answer: (asked: Asked) => unknown[];
  let gone = 0;
  let client: FakeClient;
  beforeEach(() => {
    gone = 0;
    client = new FakeClient((asked) => answer(asked));
  });

  const open = (description: Partial<ResourceDescription> = {}) => {
    const remote = defineRemote(VERSION, { ...TEAPOTS, ...description }, catalogue.schemaOf('meta.v1.ObjectMeta'));
    const environment = { now: () => 0, newUid: () => 'new', random: () => 0.5 };
    return new RemoteResource({ remote, client, environment, answerTimeoutMs: 1, onUnanswered: () => gone++ });
  };
  const verbs = () => client.asked.map(({ pattern }) => pattern.split('.').at(-1));

  it('offers what the backend has handlers for', () => {
    const offered = (...verbs: ResourceDescription['verbs']) => Object.keys(open({ verbs }).storage());
    expect(offered(...BACKEND_VERBS)).toEqual([
      'get',
      'list',
      'watch',
      'create',
      'update',
      'delete',
      'deleteCollection',
    ]);
    expect(offered('list', 'update', 'delete')).toEqual(['list']);
    expect(offered('get', 'watch')).toEqual(['get']);
  });

  it('runs an update again where somebody else was faster, until the client has to know', async () => {
    let lost = 2;
    answer = ({ pattern, message }) => {
      if (pattern.endsWith('.get')) return [stored(10 - lost)];
      if (lost-- > 0) throw modifiedConflict(RESOURCE, 'a');
      return [{ ...(message['object'] as KubeObject), metadata: { ...stored(20).metadata } }];
    };
    const change = (old: Readonly<KubeObject> | undefined): KubeObject => ({
      ...stored(0),
      ...old,
      spec: { litres: 1 },
    });
    const { view } = await open().update(ctx, 'a', change, WRITE);
    expect(view.value().metadata.resourceVersion).toBe('20');
    expect(verbs()).toEqual(['get', 'update', 'get', 'update', 'get', 'update']);
    lost = Number.POSITIVE_INFINITY;
    answer = ({ pattern }) => {
      if (pattern.endsWith('.get')) return [stored(1)];
      throw modifiedConflict(RESOURCE, 'a');
    };
    await expect(open().update(ctx, 'a', change, WRITE)).rejects.toMatchObject({ code: 409, reason: 'Conflict' });
    const old = () => stored(7, { spec: { litres: 2 } });
    await expect(open().update(ctx, 'a', old, WRITE)).rejects.toMatchObject({ code: 409, reason: 'Conflict' });
  });

  it('writes nothing that is as it was, and nothing in a dry run', async () => {
    answer = () => [stored(1)];
    await open().update(ctx, 'a', (old) => ({ ...stored(1), ...old }), WRITE);
    await open().update(ctx, 'a', (old) => ({ ...stored(1), ...old, spec: {} }), { dryRun: true });
    await open().delete(ctx, 'a', {}, { dryRun: true });
    await open().create(ctx, '', { metadata: { name: 'b', namespace: 'n' } }, { dryRun: true });
    expect(verbs()).toEqual(['get', 'get', 'get']);
  });

  it('creates by apply what is not there', async () => {
    answer = ({ pattern, message }) => {
      if (pattern.endsWith('.get')) throw notFound(RESOURCE, 'a');
      return [{ ...(message['object'] as KubeObject), metadata: stored(3).metadata }];
    };
    const make = () => ({ metadata: { name: 'a', namespace: 'n' } });
    const result = await open().update(ctx, 'a', make, { ...WRITE, forceAllowCreate: true });
    expect(result.created).toBe(true);
    await expect(open().update(ctx, 'a', make, WRITE)).rejects.toMatchObject({ code: 404 });
  });

  it.each<[string, unknown[]]>([
    ['nothing', []],
    ['a number', [7]],
    ['no metadata', [{}]],
    ['a name that is no text', [{ metadata: { name: 7 } }]],
    ['labels that are no texts', [{ metadata: { name: 'a', labels: { a: 1 } } }]],
    ['two objects', [stored(1), stored(2)]],
  ])('believes no object that is %s', async (_what, answers) => {
    answer = () => answers;
    await expect(open().get(ctx, 'a')).rejects.toMatchObject({
      code: 500,
      message: expect.stringContaining('answered no object to get'),
    });
  });

  it.each<[string, unknown[]]>([
    ['nothing', []],
    ['no list', [{}]],
    ['an item that is no object', [{ items: [stored(1), null] }]],
    ['a resourceVersion that is no number', [{ items: [], metadata: { resourceVersion: 'abc' } }]],
    ['a continue that is no text', [{ items: [], metadata: { continue: 7 } }]],
  ])('believes no list that is %s', async (what, answers) => {
    answer = () => answers;
    const message = expect.stringContaining(`answered ${what} to list`);
    await expect(open().list(ctx, EVERY)).rejects.toMatchObject({ code: 500, message });
  });

  it('tells clients why there is no answer, and that the backend may be gone', async () => {
    const told = async (error: Error): Promise<unknown> => {
      answer = () => {
        throw error;
      };
      return open()
        .get(ctx, 'a')
        .catch(({ code }: StatusError) => code);
    };
    expect(await told(new MessageError('late', 'timeout'))).toBe(504);
    expect(await told(new MessageError('refused', 'unreachable'))).toBe(503);
    expect(await told(new MessageError('no endpoints', 'unresolved'))).toBe(503);
    expect(gone).toBe(3);
    expect(await told(notFound(RESOURCE, 'a'))).toBe(404);
    expect(gone).toBe(3);
  });
});

describe('what a backend says that it serves', () => {
  it.each<[unknown, string]>([
    [undefined, 'discovery answered no list of resources'],
    [{ resources: [null] }, 'a resource that is no object'],
    [{ resources: [{ resource: 'Tea Pots' }] }, 'answered "Tea Pots" as the name of a resource'],
    [{ resources: [{ resource: 'teapots', kind: '' }] }, 'no kind for teapots'],
    [{ resources: [{ resource: 'teapots', kind: 'Teapot' }] }, 'whether teapots is namespaced'],
    [{ resources: [{ ...TEAPOTS, verbs: ['steal'] }] }, 'verbs of teapots other than get, list'],
    [{ resources: Array(501).fill(TEAPOTS) }, 'more than 500 resources'],
  ])('is not believed where it is %j', (answer, message) => {
    expect(() => readDiscovery(answer)).toThrow(message);
  });

  it('is refused with its fault where schema or columns cannot be used', () => {
    const meta = catalogue.schemaOf('meta.v1.ObjectMeta');
    const columns = [{ name: 'X', type: 'string', jsonPath: '.spec[' }];
    expect(() => defineRemote(VERSION, { ...TEAPOTS, columns }, meta)).toThrow(
      'teapots with a schema or columns that cannot be used',
    );
  });
});
