import { type DynamicModule, Module } from '@nestjs/common';
import type { PluginDescription } from './host/plugin-description.js';
import { PluginHost, PluginList, PluginPorts } from './host/plugin-host.js';

/** The modules of plugins, and their host. */
@Module({})
export class PluginsModule {
  /** @param imports modules that export what the host needs and is not global */
  static register(
    plugins: readonly PluginDescription[],
    imports: NonNullable<DynamicModule['imports']>,
  ): DynamicModule {
    return {
      module: PluginsModule,
      imports: [...imports, ...plugins.map(({ module }) => module)],
      providers: [{ provide: PluginList, useValue: { plugins } satisfies PluginList }, PluginPorts, PluginHost],
    };
  }
}
