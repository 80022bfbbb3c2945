import { type DynamicModule, Module } from '@nestjs/common';
import { ServerConfig, type ServerOptions } from './server-options.js';

/** Gives every module the one {@link ServerConfig}. */
@Module({})
export class ConfigModule {
  static register(options: ServerOptions): DynamicModule {
    return {
      module: ConfigModule,
      global: true,
      providers: [{ provide: ServerConfig, useValue: { options } satisfies ServerConfig }],
      exports: [ServerConfig],
    };
  }
}
