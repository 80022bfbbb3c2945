import {
  type DynamicModule,
  Injectable,
  Logger,
  Module,
  type OnApplicationShutdown,
  type OnModuleInit,
} from '@nestjs/common';
import { Storage } from './storage.js';
import { logStorage } from './storage-log.js';
import type { StorageOptions } from './storage-options.js';
import { TypeormStorage } from './typeorm/typeorm-storage.js';

/** Opens the database when the application starts, and lets go of it after the last request. */
@Injectable()
export class StorageLifecycle implements OnModuleInit, OnApplicationShutdown {
  constructor(private readonly storage: TypeormStorage) {}

  async onModuleInit(): Promise<void> {
    await this.storage.start();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.storage.stop();
  }
}

/** Provides `Storage` to the whole application. */
@Module({})
export class StorageModule {
  static register(options: StorageOptions): DynamicModule {
    return {
      module: StorageModule,
      global: true,
      providers: [
        {
          provide: TypeormStorage,
          useFactory: () => new TypeormStorage({ observer: logStorage(new Logger('storage')), ...options }),
        },
        { provide: Storage, useExisting: TypeormStorage },
        StorageLifecycle,
      ],
      exports: [Storage],
    };
  }
}
