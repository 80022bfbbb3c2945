import { expect, it } from 'vitest';
import { CONFIG_MAPS, create, NODES, refusal } from './fixture.js';
import type { Scene } from './scene.js';

/** Collections and storages that come and go. */
export function describeLifecycle(scene: Scene): void {
  it('opens a collection once, and refuses everything after the stop', async () => {
    expect(await scene.storage.open(CONFIG_MAPS)).toBe(scene.maps);
    const pending = create(scene.maps, 'a/one');
    await scene.storage.stop();
    expect((await pending).key).toBe('a/one');
    expect(await refusal(() => create(scene.maps, 'a/two'))).toMatchObject({ code: 'Unavailable' });
    expect(await refusal(() => scene.storage.open(NODES))).toMatchObject({ code: 'Unavailable' });
  });

  it('loads a closed collection again', async () => {
    await create(scene.maps, 'a/one', { data: 'x' });
    await scene.storage.close(CONFIG_MAPS.collection);
    expect(await refusal(() => create(scene.maps, 'a/two'))).toMatchObject({ code: 'Unavailable' });
    const again = await scene.storage.open(CONFIG_MAPS);
    expect(again).not.toBe(scene.maps);
    expect(again.get('a/one')!.decode()).toMatchObject({ data: 'x', metadata: { resourceVersion: '2' } });
  });

  it('keeps type schemas', async () => {
    const schema = { group: 'apps', kind: 'Deployment', version: 'v1', hash: 'h1', schema: '{}' };
    await scene.storage.putTypeSchemas([schema]);
    await scene.storage.putTypeSchemas([{ ...schema, hash: 'h2' }]);
    expect(await scene.storage.readTypeSchemas()).toEqual([{ ...schema, hash: 'h2' }]);
  });
}
