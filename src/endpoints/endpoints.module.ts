import { type DynamicModule, Module } from '@nestjs/common';
import { Admission } from '../admission/admission.js';
import { ServerConfig } from '../config/server-options.js';
import { RequestTypes } from '../registry/registry.module.js';
import { Storage } from '../storage/storage.js';
import { FieldManagement } from './field-management.js';
import { ManagedFieldManagement } from './managed-field-management.js';
import { ResourceHandler } from './resource-handler.js';

const BOOKMARK_INTERVAL_MS = 60_000;

/** The verb handlers, shared by every server that serves resources. */
@Module({})
export class EndpointsModule {
  static register(): DynamicModule {
    return {
      module: EndpointsModule,
      global: true,
      providers: [
        { provide: FieldManagement, useFactory: () => new ManagedFieldManagement(Date.now) },
        {
          provide: ResourceHandler,
          inject: [Admission, FieldManagement, RequestTypes, Storage, ServerConfig],
          useFactory: (
            admission: Admission,
            fieldManagement: FieldManagement,
            types: RequestTypes,
            storage: Storage,
            { options }: ServerConfig,
          ) =>
            new ResourceHandler({
              admission,
              fieldManagement,
              isKnownKind: types.isKnownKind,
              wire: types.wire,
              deleteOptions: types.deleteOptions,
              now: Date.now,
              random: Math.random,
              newestRevision: () => storage.revision,
              minRequestTimeoutMs: options.minRequestTimeoutMs,
              bookmarkIntervalMs: BOOKMARK_INTERVAL_MS,
              watchQueueBytesMax: options.watchQueueBytesMax,
            }),
        },
      ],
      exports: [FieldManagement, ResourceHandler],
    };
  }
}
