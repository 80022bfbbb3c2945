import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { asAdmin, type StatusBody } from '../../support/api.js';
import { type ServerProcess, startServerProcess } from '../../support/server-process.js';

const DEFINITION = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'fleets.example.com' },
  spec: {
    group: 'example.com',
    scope: 'Namespaced',
    names: { plural: 'fleets', kind: 'Fleet' },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        subresources: { scale: { specReplicasPath: '.spec.ships.count', statusReplicasPath: '.status.count' } },
        schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
      },
    ],
  },
};

const WORKLOAD = {
  replicas: 1,
  template: { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'c', image: 'i' }] } },
};
const SELECTED = { ...WORKLOAD, selector: { matchLabels: { a: 'b' } } };

const KINDS = [
  ['Deployment', 'apis/apps/v1', 'deployments', ['replicas'], SELECTED],
  ['StatefulSet', 'apis/apps/v1', 'statefulsets', ['replicas'], SELECTED],
  ['ReplicaSet', 'apis/apps/v1', 'replicasets', ['replicas'], SELECTED],
  ['ReplicationController', 'api/v1', 'replicationcontrollers', ['replicas'], { ...WORKLOAD, selector: { a: 'b' } }],
  ['Fleet', 'apis/example.com/v1', 'fleets', ['ships', 'count'], { ships: { count: 1 } }],
] as const;

let server: ServerProcess;
beforeAll(async () => {
  server = await startServerProcess({ flags: ['--reconcilers=-*'] });
  const options = { method: 'POST', body: JSON.stringify(DEFINITION) };
  await asAdmin(server, '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', options);
  await vi.waitFor(async () => {
    expect((await asAdmin(server, '/apis/example.com/v1/namespaces/default/fleets')).status).toBe(200);
  });
});
afterAll(() => server.stop());

interface Entry {
  readonly manager: string;
  readonly operation: string;
  readonly apiVersion: string;
  readonly subresource?: string;
  readonly fieldsV1: Fields;
}
interface Fields {
  readonly [name: string]: Fields;
}
type Answer = StatusBody & { metadata: { managedFields?: Entry[] }; spec: Record<string, unknown> };

async function ask(path: string, options: object = {}) {
  const { status, body } = await asAdmin(server, path, options);
  return { status, body: JSON.parse(body) as Answer };
}

const patch = (path: string, type: string, body: unknown) =>
  ask(path, { method: 'PATCH', headers: { 'content-type': `application/${type}` }, body: JSON.stringify(body) });

const SCALE = (replicas: number) => ({
  apiVersion: 'autoscaling/v1',
  kind: 'Scale',
  metadata: { name: 'a', namespace: 'default' },
  spec: { replicas },
});

describe.each(KINDS)('scaling a %s', (kind, path, resource, field, spec) => {
  const url = `/${path}/namespaces/default/${resource}/a`;
  const body = { apiVersion: path.replace(/^apis?./, ''), kind, metadata: { name: 'a' }, spec };
  const applied = (manager: string, force = false) => `?fieldManager=${manager}&force=${force}`;

  /** Replicas as stored, and their owners. */
  async function replicas() {
    const { metadata, spec: stored } = (await ask(url)).body;
    const owns = ({ fieldsV1 }: Entry) =>
      field.reduce<Fields | undefined>((fields, name) => fields?.[`f:${name}`], fieldsV1['f:spec']) !== undefined;
    const owners = metadata.managedFields!.filter(owns).map(({ manager }) => manager);
    const count = field.reduce<unknown>((value, name) => (value as Record<string, unknown>)[name], stored);
    return { count, owners: owners.sort() };
  }

  it('takes the replicas from their owner, as an update', async () => {
    expect((await patch(`${url}${applied('applier')}`, 'apply-patch+yaml', body)).status).toBe(201);
    const scaled = await patch(`${url}/scale?fieldManager=scaler`, 'merge-patch+json', { spec: { replicas: 5 } });
    expect(scaled).toMatchObject({ status: 200, body: { kind: 'Scale', spec: { replicas: 5 } } });
    expect(scaled.body.metadata).not.toHaveProperty('managedFields');
    expect(await replicas()).toEqual({ count: 5, owners: ['scaler'] });
    const { managedFields } = (await ask(url)).body.metadata;
    expect(managedFields!.find(({ manager }) => manager === 'scaler')).toEqual({
      manager: 'scaler',
      operation: 'Update',
      apiVersion: body.apiVersion,
      subresource: 'scale',
      fieldsType: 'FieldsV1',
      fieldsV1: { 'f:spec': field.reduceRight<object>((inner, name) => ({ [`f:${name}`]: inner }), {}) },
    });
    expect((await patch(`${url}${applied('applier')}`, 'apply-patch+yaml', body)).status).toBe(409);
    expect((await patch(`${url}${applied('applier', true)}`, 'apply-patch+yaml', body)).status).toBe(200);
    expect(await replicas()).toEqual({ count: 1, owners: ['applier'] });
  });

  it('leaves the owners alone where only the status of the scale is named', async () => {
    expect((await patch(`${url}/scale`, 'merge-patch+json', { status: { replicas: 42 } })).status).toBe(200);
    expect(await replicas()).toEqual({ count: 1, owners: ['applier'] });
  });

  it('conflicts with an owner of the replicas as an apply, unless forced', async () => {
    const refused = await patch(`${url}/scale${applied('scale-applier')}`, 'apply-patch+yaml', SCALE(17));
    expect(refused).toMatchObject({ status: 409 });
    expect(refused.body.message).toBe('Apply failed with 1 conflict: conflict with "applier": .spec.replicas');
    const forced = await patch(`${url}/scale${applied('scale-applier', true)}`, 'apply-patch+yaml', SCALE(17));
    expect(forced.status).toBe(200);
    expect(await replicas()).toEqual({ count: 17, owners: ['scale-applier'] });
  });

  it('as a replacement takes the replicas, which an apply of the same number then shares', async () => {
    const put = { method: 'PUT', body: JSON.stringify(SCALE(7)) };
    expect((await ask(`${url}/scale?fieldManager=replacer`, put)).status).toBe(200);
    expect(await replicas()).toEqual({ count: 7, owners: ['replacer'] });
    expect((await patch(`${url}/scale${applied('sharer')}`, 'apply-patch+yaml', SCALE(7))).status).toBe(200);
    expect(await replicas()).toEqual({ count: 7, owners: ['replacer', 'sharer'] });
    await patch(`${url}/scale?fieldManager=scaler`, 'merge-patch+json', { spec: { replicas: 5 } });
    expect(await replicas()).toEqual({ count: 5, owners: ['scaler'] });
  });
});

describe('a Scale', () => {
  const url = '/apis/apps/v1/namespaces/default/deployments/a/scale';

  it('is refused with bad metadata or the uid of another object', async () => {
    const labels = await patch(url, 'merge-patch+json', { metadata: { labels: { a: '!' } } });
    expect(labels).toMatchObject({
      status: 422,
      body: { message: expect.stringContaining('Scale.autoscaling "a" is invalid: metadata.labels') as string },
    });
    const uid = await patch(url, 'merge-patch+json', { metadata: { uid: 'u' } });
    expect(uid.status).toBe(409);
    expect(uid.body.message).toMatch(
      /^Operation cannot be fulfilled on deployments\/scale\.apps "a": Precondition failed: UID in precondition: u, UID in object meta: /,
    );
  });

  it('of a custom resource without replicas can be written, though not read', async () => {
    const fleets = '/apis/example.com/v1/namespaces/default/fleets';
    const body = JSON.stringify({ apiVersion: 'example.com/v1', kind: 'Fleet', metadata: { name: 'b' } });
    await ask(fleets, { method: 'POST', body });
    expect((await ask(`${fleets}/b/scale`)).status).toBe(500);
    const empty = await patch(`${fleets}/b/scale`, 'merge-patch+json', {});
    expect(empty).toMatchObject({
      status: 400,
      body: { message: 'the spec replicas field ".spec.ships.count" cannot be empty' },
    });
    const set = await patch(`${fleets}/b/scale`, 'merge-patch+json', { spec: { replicas: 3 } });
    expect(set).toMatchObject({ status: 200, body: { spec: { replicas: 3 } } });
  });
});
