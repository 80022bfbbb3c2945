import type { CompletedConfig } from './config/complete.js';
import { describePlugins, type PluginDescription, type PluginModule } from './plugins/host/plugin-description.js';
import { PluginError } from './plugins/plugin-error.js';
import { PluginsModule } from './plugins/plugins.module.js';
import { type RunningServer, startServer } from './server.js';

/** Starts a server with plugins. @throws PluginError, StartError */
export async function startWithPlugins(
  config: CompletedConfig,
  modules: readonly PluginModule[],
): Promise<RunningServer> {
  const plugins = describePlugins(modules);
  try {
    return await startServer(config, { plugins: (imports) => PluginsModule.register(plugins, imports) });
  } catch (error) {
    throw blame(plugins, error);
  }
}

/** Nest and lifecycle hooks tell of classes; people want to know whose they are. */
function blame(plugins: readonly PluginDescription[], error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof PluginError) return error;
  const text = `${error.message}\n${error.stack ?? ''}`;
  for (const { name, moduleClass } of plugins) {
    const guilty = classesOf(moduleClass).some((each) => new RegExp(`\\b${each}\\b`).test(text));
    if (!guilty) continue;
    const unknown = /can't resolve dependencies|cannot resolve dependencies/i.test(error.message);
    const fault = unknown
      ? `${error.message.split('\n', 1)[0]} Add it to the plugin's providers, or import the module that exports it`
      : `it fails as it starts: ${error.stack ?? error.message}`;
    return new PluginError(name, [fault], { cause: error });
  }
  return error;
}

function classesOf(moduleClass: PluginDescription['moduleClass']): string[] {
  const providers = (Reflect.getMetadata('providers', moduleClass) ?? []) as {
    name?: string;
    useClass?: { name?: string };
  }[];
  const names = [moduleClass.name, ...providers.map(({ name, useClass }) => useClass?.name ?? name)];
  return names.filter((name): name is string => name !== undefined && name !== '');
}
