import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { GroupVersionKind } from '../../src/apimachinery/meta/group-version.js';
import type { KubeObject } from '../../src/apimachinery/meta/object.js';
import { LOOPBACK_USER } from '../../src/apimachinery/meta/user-info.js';
import type { Schema } from '../../src/apimachinery/schema/schema.js';
import { Catalogue } from '../../src/apis/catalogue.js';
import { StructNode } from '../../src/apis/struct-node.js';
import { createWith } from '../../src/registry/generic/testing.js';
import { ResourceRegistry } from '../../src/registry/resource-registry.js';
import { internalContext } from '../../src/registry/rest/context.js';
import { BuiltinDefinitions } from '../../src/servers/core/builtin-definitions.js';
import { BuiltinInstaller } from '../../src/servers/core/builtin-installer.js';
import { MemoryStorage } from '../support/memory-storage.js';
import { PROJECT_ROOT } from '../support/project-root.js';
import { TEAPOT_TYPES, TEAPOTS } from './add-a-kind/teapot.facts.js';
import { teapotPolicy } from './add-a-kind/teapot.policy.js';

/** The data files with the guide's entries in them. */
class CatalogueWithTeapots extends Catalogue {
  override builtinResources() {
    return [TEAPOTS];
  }

  override schemaOf(typeName: string): Schema {
    if (TEAPOT_TYPES[typeName] === undefined) return super.schemaOf(typeName);
    return new StructNode(typeName, TEAPOT_TYPES, (name) => this.schemaOf(name));
  }

  override schemaOfKind(gvk: GroupVersionKind): Schema {
    return gvk.kind === 'Teapot' ? this.schemaOf('kitchen.v1.Teapot') : super.schemaOfKind(gvk);
  }
}

const ctx = internalContext(LOOPBACK_USER, 'default');
const WRITE = { dryRun: false };

function teapot(name: string, spec: Record<string, unknown>): KubeObject {
  return { metadata: { name, namespace: 'default' }, spec } as unknown as KubeObject;
}

describe('a kind added as docs/guides/add-a-kind.md says', () => {
  const registry = new ResourceRegistry();

  beforeAll(async () => {
    const catalogue = new CatalogueWithTeapots();
    const storage = new MemoryStorage();
    const environment = {
      now: () => Date.parse('2026-01-02T03:04:05Z'),
      random: Math.random,
      registry,
      catalogue,
      serviceClusterIpRange: ['10.0.0.0/24'],
      serviceNodePortRange: { from: 30000, to: 32767 },
    };
    const definitions = new BuiltinDefinitions(catalogue, [teapotPolicy], new Map(), environment);
    const store = { now: environment.now, newUid: randomUUID, random: Math.random };
    const installer = new BuiltinInstaller(storage, registry, catalogue, store);
    await installer.install(definitions, environment, new Map());
  });

  const served = () => registry.find('kitchen.example.com', 'teapots')!;

  it('is served under its names, with status', () => {
    const { definition, subresources } = served();
    expect(definition).toMatchObject({ kind: 'Teapot', shortNames: ['tp'], selectableFields: ['spec.glaze'] });
    expect([...subresources.keys()]).toEqual(['status']);
  });

  it('reads bodies strictly and fills in defaults', () => {
    const [version] = served().definition.versions;
    const strict: string[] = [];
    const body = { metadata: { name: 'betty' }, spec: { litres: 2, spout: true } };
    const object = version!.codec.decode(body, strict);
    expect(strict).toEqual(['unknown field "spec.spout"']);
    version!.applyDefaults(object);
    expect(object['spec']).toEqual({ litres: 2, glaze: 'white' });
  });

  it('takes no status on create and counts generations of the spec', async () => {
    const { storage } = served();
    const given = { ...teapot('betty', { litres: 2, glaze: 'brown' }), status: { brewing: true } };
    const created = await storage.create!(ctx, '', given as KubeObject, WRITE);
    expect(created.value()).toMatchObject({ metadata: { generation: 1 }, spec: { litres: 2, glaze: 'brown' } });
    expect(created.value()['status']).toEqual({});
    const bigger = (old: Readonly<KubeObject> | undefined) => ({ ...old, spec: { litres: 3 } }) as KubeObject;
    const { view } = await storage.update!(ctx, 'betty', bigger, WRITE);
    expect(view.value().metadata.generation).toBe(2);
  });

  it('lets the status endpoint change status alone', async () => {
    const change = (old: Readonly<KubeObject> | undefined) =>
      ({ ...old, spec: { litres: 99 }, status: { brewing: true } }) as KubeObject;
    const { view } = await served().subresources.get('status')!.storage.update!(ctx, 'betty', change, WRITE);
    expect(view.value()).toMatchObject({ spec: { litres: 3 }, status: { brewing: true } });
  });

  it('refuses what its rules refuse', async () => {
    const empty = served().storage.create!(ctx, '', teapot('empty', { litres: 0 }), WRITE);
    await expect(empty).rejects.toThrow(
      'Teapot.kitchen.example.com "empty" is invalid: spec.litres: Invalid value: 0: must be greater than 0',
    );
  });

  it('can be tested without a store', () => {
    const { faults } = createWith(teapotPolicy, teapot('empty', { litres: 0 }));
    expect(faults).toEqual(['spec.litres: Invalid value: 0: must be greater than 0']);
  });

  it('is what the guide shows', () => {
    const guide = readFileSync(join(PROJECT_ROOT, 'docs', 'guides', 'add-a-kind.md'), 'utf8');
    const policy = readFileSync(join(import.meta.dirname, 'add-a-kind', 'teapot.policy.ts'), 'utf8');
    expect(guide).toContain(
      policy.replaceAll("'../../../src/registry/", "'../").replaceAll("'../../../src/", "'../../"),
    );
  });
});
