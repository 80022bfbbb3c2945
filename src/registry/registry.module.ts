import { type DynamicModule, Module } from '@nestjs/common';
import type { Schema } from '../apimachinery/schema/schema.js';
import { Catalogue } from '../apis/catalogue.js';
import { builtinCodec } from './builtin-codec.js';
import { DeclaredResources } from './declared-resource.js';
import { type KnownKinds, knownKinds } from './known-kinds.js';
import type { ObjectCodec } from './resource-definition.js';
import { ResourceRegistry } from './resource-registry.js';
import { VersionConverters } from './version-converter.js';

/** Built-in types that go over the wire beside resources, in protobuf by these. */
export interface WireTypes {
  readonly objectMeta: Schema;
  readonly status: Schema;
}

/** What request bodies are checked against beside their resource's own schema. */
export abstract class RequestTypes {
  abstract readonly isKnownKind: KnownKinds;
  abstract readonly deleteOptions: { readonly codec: ObjectCodec; readonly schema: Schema };
  abstract readonly wire: WireTypes;
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
        VersionConverters,
        DeclaredResources,
        {
          provide: RequestTypes,
          inject: [Catalogue],
          useFactory: (catalogue: Catalogue): RequestTypes => {
            const schema = catalogue.schemaOf('meta.v1.DeleteOptions');
            return {
              isKnownKind: knownKinds(catalogue),
              deleteOptions: { schema, codec: builtinCodec(schema) },
              wire: {
                objectMeta: catalogue.schemaOf('meta.v1.ObjectMeta'),
                status: catalogue.schemaOf('meta.v1.Status'),
              },
            };
          },
        },
      ],
      exports: [Catalogue, ResourceRegistry, VersionConverters, DeclaredResources, RequestTypes],
    };
  }
}
