import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { IsInt, IsString } from 'class-validator';
import {
  ApiObject,
  ApiResource,
  type ApiServer,
  Conversion,
  type Converts,
  createApiServer,
  Field,
  type KubeObject,
  Plugin,
  type PluginModule,
} from 'kubenest';
import { afterAll, describe, expect, it } from 'vitest';

const HOME = { namespace: 'default' };

class FirstSpec {
  @IsInt() size = 1;
}

@ApiResource({ group: 'grow.example.com', version: 'v1', kind: 'Tree' })
class FirstTree extends ApiObject {
  @Field() spec!: FirstSpec;
}

@Plugin({ name: 'trees', resources: [FirstTree] })
class FirstTrees {}

class GrownSpec {
  @IsInt() size = 1;
  @IsString() kind = 'oak';
}

@ApiResource({ group: 'grow.example.com', version: 'v1', kind: 'Tree' })
class GrownTree extends ApiObject {
  @Field() spec!: GrownSpec;
}

class TallSpec {
  @IsInt() height!: number;
  @IsString() kind = 'oak';
}

@ApiResource({ group: 'grow.example.com', version: 'v2', kind: 'Tree', storage: true })
class TallTree extends ApiObject {
  @Field() spec!: TallSpec;
}

@Conversion(GrownTree, TallTree)
class Growth implements Converts<GrownTree, TallTree> {
  convert({ metadata, spec: { size, kind } }: GrownTree): TallTree {
    return { metadata, spec: { height: size * 10, kind } };
  }

  convertBack({ metadata, spec: { height, kind } }: TallTree): GrownTree {
    return { metadata, spec: { size: height / 10, kind } };
  }
}

@Plugin({ name: 'trees', resources: [GrownTree, TallTree], providers: [Growth] })
class GrownTrees {}

describe('what a plugin has stored', () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'kubenest-restart-'));
  const flags = { 'storage-url': `sqlite:${join(dataDir, 'state.db')}` };
  const start = (...plugins: PluginModule[]): Promise<ApiServer> => createApiServer({ dataDir, flags, plugins });
  afterAll(() => rmSync(dataDir, { recursive: true, force: true }));

  it('outlives changes of its class, new versions, and times without it', async () => {
    const first = await start(FirstTrees);
    await first.client.for(FirstTree).create({ metadata: { name: 'old', ...HOME }, spec: { size: 2 } });
    await first.close();

    const grown = await start(GrownTrees);
    expect((await grown.client.for(GrownTree).get('old', HOME)).spec).toEqual({ size: 2, kind: 'oak' });
    expect((await grown.client.for(TallTree).get('old', HOME)).spec).toEqual({ height: 20, kind: 'oak' });
    await grown.client.for(TallTree).create({ metadata: { name: 'new', ...HOME }, spec: { height: 50, kind: 'elm' } });
    await grown.close();

    const without = await start();
    await expect(without.client.for(TallTree).list()).rejects.toMatchObject({ code: 404 });
    const services = without.client.resource({ apiVersion: 'apiregistration.k8s.io/v1', resource: 'apiservices' });
    expect(await services.find('v2.grow.example.com')).toBeUndefined();
    await without.close();

    const again = await start(GrownTrees);
    const { items } = await again.client.for(GrownTree).list(HOME);
    expect(items.map(({ metadata, spec }) => [metadata.name, spec.size])).toEqual([
      ['new', 5],
      ['old', 2],
    ]);
    await again.close();
  });

  it('is not mixed with the objects of a CustomResourceDefinition of that name', async () => {
    const other = mkdtempSync(join(tmpdir(), 'kubenest-restart-'));
    const options = { dataDir: other, flags: { 'storage-url': `sqlite:${join(other, 'state.db')}` } };
    const server = await createApiServer(options);
    const versions = [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } }];
    const names = { plural: 'trees', kind: 'Tree' };
    await server.client
      .resource({ apiVersion: 'apiextensions.k8s.io/v1', resource: 'customresourcedefinitions' })
      .create({
        metadata: { name: 'trees.grow.example.com' },
        spec: { group: 'grow.example.com', scope: 'Namespaced', names, versions },
      } as KubeObject);
    await server.close();
    await expect(createApiServer({ ...options, plugins: [FirstTrees] })).rejects.toThrow(
      'plugin trees declares trees.grow.example.com, and so does a stored CustomResourceDefinition: delete it first',
    );
    rmSync(other, { recursive: true, force: true });
  });

  it('is one server’s own where several run with several plugins', async () => {
    await using left = await createApiServer({ plugins: [FirstTrees] });
    await using right = await createApiServer({ plugins: [GrownTrees] });
    await left.client.for(FirstTree).create({ metadata: { name: 'left', ...HOME }, spec: { size: 1 } });
    expect((await right.client.for(GrownTree).list()).items).toEqual([]);
    await expect(left.client.for(TallTree).list()).rejects.toMatchObject({ code: 404 });
  });
});
