import { afterEach, beforeEach } from 'vitest';
import type { Collection } from '../../../src/storage/storage.js';
import type { TypeormStorage } from '../../../src/storage/typeorm/typeorm-storage.js';
import { CONFIG_MAPS, StoragePlace } from './fixture.js';

export interface StorageContract {
  /** URL of a place without data. */
  newUrl(): Promise<string>;
  /** Whether data outlives the storage that wrote it. */
  readonly durable: boolean;
  /** Whether others can get at the data while a storage has it open. */
  readonly shared: boolean;
}

/** A storage without data, open for config maps; another one for each test. */
export interface Scene {
  place: StoragePlace;
  storage: TypeormStorage;
  maps: Collection;
}

/** The scene of the tests beside this call. */
export function setScene(contract: StorageContract): Scene {
  const scene = {} as Scene;
  beforeEach(async () => {
    scene.place = new StoragePlace(await contract.newUrl());
    scene.storage = await scene.place.start();
    scene.maps = await scene.storage.open(CONFIG_MAPS);
  });
  afterEach(() => scene.place.close());
  return scene;
}
