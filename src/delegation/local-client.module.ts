import { type BeforeApplicationShutdown, type DynamicModule, Module } from '@nestjs/common';
import { Client } from '../client/client.js';
import { AggregationTarget, CoreTarget, ExtensionsTarget } from './chain.js';
import { EndOfChain } from './end-of-chain.js';
import { LocalTransport } from './local-transport.js';

/** Lets code of the same process be a client. */
@Module({})
export class LocalClientModule implements BeforeApplicationShutdown {
  constructor(private readonly transport: LocalTransport) {}

  /** @param options modules that export the targets of the chain and BuiltInGroups */
  static register({ imports }: { readonly imports: NonNullable<DynamicModule['imports']> }): DynamicModule {
    return {
      module: LocalClientModule,
      global: true,
      imports,
      providers: [
        EndOfChain,
        {
          provide: LocalTransport,
          inject: [AggregationTarget, CoreTarget, ExtensionsTarget, EndOfChain],
          useFactory: (
            aggregation: AggregationTarget,
            core: CoreTarget,
            extensions: ExtensionsTarget,
            end: EndOfChain,
          ) => new LocalTransport([aggregation, core, extensions], end),
        },
        {
          provide: Client,
          inject: [LocalTransport],
          useFactory: (transport: LocalTransport) => new Client(transport),
        },
      ],
      exports: [Client],
    };
  }

  /** Watches end before what they watch does. */
  beforeApplicationShutdown(): void {
    this.transport.close();
  }
}
