import { register } from 'node:module';
import { pathToFileURL } from 'node:url';
import { pluginMetadataOf } from '../decorators/plugin.js';
import { type PluginModule, versionFaults } from '../host/plugin-description.js';
import { PluginError } from '../plugin-error.js';
import { locatePlugin } from './locate-plugin.js';
import type { HookSettings } from './module-hooks.js';

/**
 * Loads plugins that were named in the configuration, in the order given.
 * @param names paths and names of packages
 * @param directory what paths are from, and where packages are installed
 * @throws PluginError for the first that cannot be found or loaded, or brings no plugin
 */
export async function loadPlugins(names: readonly string[], directory: string): Promise<PluginModule[]> {
  registerHooks();
  const modules: PluginModule[] = [];
  for (const name of names) modules.push(...(await loadPlugin(name, directory)));
  return modules;
}

let registered = false;

/** Once a process: hooks cannot be taken away. */
function registerHooks(): void {
  if (registered) return;
  registered = true;
  const entry = (path: string): string => new URL(path, import.meta.url).href;
  const data: HookSettings = {
    entries: { kubenest: entry('../../index.js'), 'kubenest/backend': entry('../../backend/index.js') },
    server: import.meta.url,
  };
  register('./module-hooks.js', import.meta.url, { data });
}

async function loadPlugin(name: string, directory: string): Promise<PluginModule[]> {
  const { path, range } = locatePlugin(name, directory);
  const faults = versionFaults(range);
  if (faults.length > 0) throw new PluginError(name, faults);
  const found = pluginsAmong(await importPlugin(name, path));
  if (found.length > 0) return found;
  throw new PluginError(name, [`${path} exports no plugin: export a class with @Plugin({ ... })`]);
}

async function importPlugin(name: string, path: string): Promise<Readonly<Record<string, unknown>>> {
  try {
    return (await import(pathToFileURL(path).href)) as Record<string, unknown>;
  } catch (error) {
    throw new PluginError(name, [`it cannot be loaded: ${explain(error)}`], { cause: error });
  }
}

/** A list as default export, else every exported plugin, each once. */
function pluginsAmong(exports: Readonly<Record<string, unknown>>): PluginModule[] {
  const { default: main } = exports;
  if (Array.isArray(main)) return main as PluginModule[];
  const plugins = Object.values(exports).filter(isPlugin);
  return [...new Set(plugins)];
}

function isPlugin(value: unknown): value is PluginModule {
  if (typeof value === 'function') return pluginMetadataOf(value) !== undefined;
  const module = (value as { module?: unknown } | null | undefined)?.module;
  return typeof module === 'function' && pluginMetadataOf(module) !== undefined;
}

/** The first lines say what and where; a stack through the loader would say no more. */
function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const lines = (error.stack ?? error.message).split('\n');
  const place = lines.find((line) => line.includes('file://') && !line.includes('/load-plugins.'));
  return place === undefined || error.message.includes(place) ? error.message : `${error.message}\n  ${place.trim()}`;
}
