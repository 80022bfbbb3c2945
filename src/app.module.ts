import { type DynamicModule, Module } from '@nestjs/common';
import { ConfigModule } from './config/config.module.js';
import type { ServerOptions } from './config/server-options.js';
import { HttpModule } from './http/http.module.js';
import type { HttpServer } from './http/http-server.js';
import { ObservabilityModule } from './observability/observability.module.js';

/** The composition root: which modules there are and, by the interceptors of HttpModule, the order of the chain. */
@Module({})
export class AppModule {
  static register(options: ServerOptions, server: HttpServer): DynamicModule {
    return {
      module: AppModule,
      imports: [ConfigModule.register(options), ObservabilityModule, HttpModule.register({ imports: [], server })],
    };
  }
}
