import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { asAdmin, type StatusBody } from '../../support/api.js';
import { type ServerProcess, startServerProcess } from '../../support/server-process.js';
import { RESET_KINDS, type ResetKind } from './reset-kinds.js';

let server: ServerProcess;
/** Paths of the collections whose objects have a status endpoint, by resource. */
let collections: ReadonlyMap<string, string>;
beforeAll(async () => {
  server = await startServerProcess({ flags: ['--reconcilers=-*', '--disable-admission-plugins=ServiceAccount'] });
  collections = await statusEndpoints();
});
afterAll(() => server.stop());

interface Applied extends StatusBody {
  readonly metadata: {
    readonly labels?: Readonly<Record<string, string>>;
    readonly managedFields: readonly {
      readonly manager: string;
      readonly subresource?: string;
      readonly fieldsV1: Readonly<Record<string, object>>;
    }[];
  };
}

async function ask<T>(path: string, options = {}): Promise<{ status: number; body: T }> {
  const { status, body } = await asAdmin(server, path, options);
  return { status, body: JSON.parse(body) as T };
}

async function apply(path: string, manager: string, body: object) {
  const headers = { 'content-type': 'application/apply-patch+yaml' };
  return ask<Applied>(`${path}?fieldManager=${manager}`, { method: 'PATCH', headers, body: JSON.stringify(body) });
}

/** What a manager owns, as the names of its top-level fields; of metadata the names in it. */
function owned({ metadata }: Applied, manager: string): string[] {
  const fields = metadata.managedFields.find((entry) => entry.manager === manager)?.fieldsV1 ?? {};
  return Object.keys(fields)
    .flatMap((name) =>
      name === 'f:metadata' ? Object.keys(fields[name]!).map((in_) => `metadata.${in_.slice(2)}`) : name.slice(2),
    )
    .sort();
}

interface Resource {
  readonly name: string;
  readonly namespaced: boolean;
}

async function statusEndpoints(): Promise<Map<string, string>> {
  const { body } = await ask<{ groups: { versions: { groupVersion: string }[] }[] }>('/apis');
  const paths = ['/api/v1', ...body.groups.flatMap(({ versions }) => `/apis/${versions[0]!.groupVersion}`)];
  const found = new Map<string, string>();
  for (const path of paths) {
    const { resources } = (await ask<{ resources: Resource[] }>(path)).body;
    for (const { name, namespaced } of resources) {
      const [resource = '', subresource] = name.split('/');
      if (subresource === 'status')
        found.set(resource, `${path}${namespaced ? '/namespaces/default' : ''}/${resource}`);
    }
  }
  return found;
}

const OTHERS = {
  certificatesigningrequests: 'all its fields are reset on one endpoint or the other, and immutable',
  podcertificaterequests: 'its spec is signed and immutable',
  csinodes: 'its status has no fields that clients apply',
};

it('there is a case for every kind with a status', () => {
  expect([...Object.keys(RESET_KINDS), ...Object.keys(OTHERS)].sort()).toEqual([...collections.keys()].sort());
});

describe.each(Object.entries(RESET_KINDS))('applying %s', (resource, { path, kind, name = 'a', ...about }) => {
  const { metadata = [] } = about;
  const body = (i: 0 | 1) => ({
    apiVersion: path.replace(/^.apis?./, ''),
    kind,
    metadata: { name, ...metadataOf(metadata, i) },
    spec: about.spec[i],
    status: about.status[i],
  });

  it('owns on each endpoint what that endpoint writes, and no more', async () => {
    const url = `${collections.get(resource)!}/${name}`;
    const main = await apply(url, 'main', body(0));
    expect(main).toMatchObject({ status: 201 });
    const status = await apply(`${url}/status`, 'status', body(1));
    expect(status).toMatchObject({ status: 200 });
    expect(owned(status.body, 'main')).toEqual([...metadata.map((field) => `metadata.${field}`), 'spec']);
    expect(owned(status.body, 'status')).toEqual(['status']);
    if (metadata.includes('labels')) expect(status.body.metadata.labels).toEqual({ a: 'b' });
    const again = await apply(url, 'status', body(1));
    expect(again.status).toBe(about.noConflict ? 200 : 409);
    if (!about.noConflict)
      expect(again.body.message).toMatch(/^Apply failed with \d conflicts?: conflicts? with "main":/);
  });
});

function metadataOf(names: ResetKind['metadata'], i: 0 | 1): object {
  const all = {
    labels: { a: ['b', 'c'][i] },
    ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name: 'n', uid: ['u', 'v'][i] }],
  };
  return Object.fromEntries((names ?? []).map((name) => [name, all[name]]));
}
