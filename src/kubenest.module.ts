import { type DynamicModule, Injectable, Module, type OnApplicationShutdown } from '@nestjs/common';
import { ApiServer, type ApiServerOptions, createApiServer } from './create-api-server.js';

@Injectable()
class ApiServerEnd implements OnApplicationShutdown {
  constructor(private readonly server: ApiServer) {}

  async onApplicationShutdown(): Promise<void> {
    await this.server.close();
  }
}

/** An API server as part of a Nest application of somebody else: it starts before that application does, and ends with it. */
@Module({})
export class KubenestModule {
  /** Provides {@link ApiServer} to the whole application. @throws as {@link createApiServer} does, when the application is made */
  static forRoot(options: ApiServerOptions = {}): DynamicModule {
    return {
      module: KubenestModule,
      global: true,
      providers: [{ provide: ApiServer, useFactory: () => createApiServer(options) }, ApiServerEnd],
      exports: [ApiServer],
    };
  }
}
