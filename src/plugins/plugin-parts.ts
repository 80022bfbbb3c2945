import type { DynamicModule } from '@nestjs/common';
import { describePlugins, type PluginModule } from './host/plugin-description.js';
import { PluginsModule } from './plugins.module.js';

/** What a server needs to run with plugins. @throws PluginError */
export function pluginParts(modules: readonly PluginModule[]): {
  readonly plugins: (imports: NonNullable<DynamicModule['imports']>) => DynamicModule;
} {
  const described = describePlugins(modules);
  return { plugins: (imports) => PluginsModule.register(described, imports) };
}
