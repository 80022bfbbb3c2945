import { Injectable, Module } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { describe, expect, it } from 'vitest';
import { encodeContent } from './content.js';
import { Storage } from './storage.js';
import { StorageModule } from './storage.module.js';

const NODES = { collection: '/nodes', namespaced: false, attributesOf: () => ({ labels: {}, fields: {} }) };

@Injectable()
class Registry {
  revision = 0;

  constructor(readonly storage: Storage) {}

  async onModuleInit(): Promise<void> {
    const nodes = await this.storage.open(NODES);
    const content = encodeContent({ metadata: { name: 'n' } }, { labels: {}, fields: {} });
    this.revision = (await nodes.create('', 'n', content)).revision;
  }
}

@Module({ providers: [Registry] })
class RegistryModule {}

describe('StorageModule', () => {
  it('gives every module a storage that is usable while the application starts', async () => {
    const module = await Test.createTestingModule({
      imports: [RegistryModule, StorageModule.register({ url: 'sqlite::memory:' })],
    }).compile();
    await module.init();
    expect(module.get(Registry).revision).toBe(2);
    await module.close();
    await expect(module.get(Registry).storage.open(NODES)).rejects.toMatchObject({ code: 'Unavailable' });
  });

  it('refuses a storage URL of no known kind', async () => {
    const building = Test.createTestingModule({ imports: [StorageModule.register({ url: 'mysql://x' })] }).compile();
    await expect(building).rejects.toThrow('must begin with sqlite: or postgres://');
  });
});
