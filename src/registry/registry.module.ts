import { type DynamicModule, Module } from '@nestjs/common';
import { Catalogue } from '../apis/catalogue.js';
import { builtinCodec } from './builtin-codec.js';
import { knownKinds, type KnownKinds } from './known-kinds.js';
import type { ObjectCodec } from './resource-definition.js';
import { ResourceRegistry } from './resource-registry.js';

/** What request bodies are checked against beside their resource's own schema. */
export abstract class RequestTypes {
  abstract readonly isKnownKind: KnownKinds;
  abstract readonly deleteOptionsCodec: ObjectCodec;
}

/** The catalogue of built-in types and the registry of everything served: one of each in a server. */
@Module({})
export class RegistryModule {
  static register(): DynamicModule {
    return {
      module: RegistryModule,
      global: true,
      providers: [
        Catalogue,
        ResourceRegistry,
        {
          provide: RequestTypes,
          inject: [Catalogue],
          useFactory: (catalogue: Catalogue): RequestTypes => ({
            isKnownKind: knownKinds(catalogue),
            deleteOptionsCodec: builtinCodec(catalogue.schemaOf('meta.v1.DeleteOptions')),
          }),
        },
      ],
      exports: [Catalogue, ResourceRegistry, RequestTypes],
    };
  }
}
