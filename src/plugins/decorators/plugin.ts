import { Module, type ModuleMetadata } from '@nestjs/common';
import type { ResourceClass } from '../../client/resource-type.js';

/** What a plugin is: a Nest module, and what of it the API server must know. */
export interface PluginOptions extends ModuleMetadata {
  /** In messages and as lease names; default: the class's name. */
  readonly name?: string;
  /** Versions of kubenest that the plugin is made for, as package.json writes them: `^0.1.0`. */
  readonly kubenest?: string;
  /** Names of plugins that must have been given before this one. */
  readonly requires?: readonly string[];
  /** Classes with `@ApiResource` that are served. */
  readonly resources?: readonly ResourceClass[];
}

export type PluginMetadata = Pick<PluginOptions, 'name' | 'kubenest' | 'requires' | 'resources'>;

const PLUGIN = Symbol.for('kubenest.plugin');

/**
 * Makes a class a plugin: a Nest module whose resources are served and whose providers with decorators of this package (or that
 * extend its ports) are put to their places.
 */
export function Plugin({ name, kubenest, requires, resources, ...module }: PluginOptions): ClassDecorator {
  const metadata: PluginMetadata = {
    ...(name !== undefined && { name }),
    ...(kubenest !== undefined && { kubenest }),
    ...(requires !== undefined && { requires }),
    ...(resources !== undefined && { resources }),
  };
  return (pluginClass) => {
    Object.defineProperty(pluginClass, PLUGIN, { value: metadata });
    Module(module)(pluginClass);
  };
}

export function pluginMetadataOf(pluginClass: object): PluginMetadata | undefined {
  if (!Object.hasOwn(pluginClass, PLUGIN)) return undefined;
  return (pluginClass as { [PLUGIN]?: PluginMetadata })[PLUGIN];
}
