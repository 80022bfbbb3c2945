import type { DynamicModule, Type } from '@nestjs/common';
import { satisfies, validRange } from 'semver';
import { findResourceType, type ResourceClass } from '../../client/resource-type.js';
import { KUBENEST_VERSION } from '../../config/version.js';
import { pluginMetadataOf } from '../decorators/plugin.js';
import { PluginError } from '../plugin-error.js';

/** A plugin as it is given in code: a class with `@Plugin`, a Nest module, or what the `forRoot` of one returns. */
export type PluginModule = Type | DynamicModule;

/** A plugin that was looked at. */
export interface PluginDescription {
  readonly name: string;
  readonly module: PluginModule;
  readonly moduleClass: Type;
  readonly requires: readonly string[];
  readonly resources: readonly ResourceClass[];
}

/**
 * What plugins are and bring, each looked at on its own and beside the others. Nothing is made yet.
 * @throws PluginError with all faults of the first plugin that has some
 */
export function describePlugins(modules: readonly PluginModule[]): PluginDescription[] {
  const described = modules.map(describe);
  checkOrder(described);
  checkCollisions(described);
  return described;
}

function describe(module: PluginModule): PluginDescription {
  const moduleClass = typeof module === 'function' ? module : module?.module;
  if (typeof moduleClass !== 'function') {
    throw new PluginError(String(module), ['it is no class: give a class with @Plugin, or what its forRoot() returns']);
  }
  const metadata = pluginMetadataOf(moduleClass);
  const name = metadata?.name ?? moduleClass.name;
  const faults: string[] = [];
  if (metadata === undefined && !isNestModule(moduleClass)) {
    faults.push(`${moduleClass.name} is no plugin: put @Plugin({ ... }) on it`);
  }
  if (((Reflect.getMetadata('controllers', moduleClass) as unknown[] | undefined) ?? []).length > 0) {
    faults.push('it has controllers, which are not served: answer with @Serves or @Subresource');
  }
  faults.push(...versionFaults(metadata?.kubenest));
  for (const resource of metadata?.resources ?? []) {
    if (findResourceType(resource) === undefined) {
      faults.push(
        `${String((resource as Type | undefined)?.name ?? resource)} stands in its resources and is none: put @ApiResource({ ... }) on the class`,
      );
    }
  }
  if (faults.length > 0) throw new PluginError(name, faults);
  const { requires = [], resources = [] } = metadata ?? {};
  return { name, module, moduleClass, requires, resources };
}

/** Keys under which Nest's `@Module` keeps what it was given. */
const MODULE_KEYS = ['imports', 'providers', 'controllers', 'exports'];

function isNestModule(moduleClass: Type): boolean {
  return MODULE_KEYS.some((key) => Reflect.hasMetadata(key, moduleClass));
}

/** @param range undefined: any version will do */
export function versionFaults(range: string | undefined): string[] {
  if (range === undefined) return [];
  if (validRange(range) === null)
    return [`${JSON.stringify(range)} is no range of versions: write one such as "^${KUBENEST_VERSION}"`];
  if (satisfies(KUBENEST_VERSION, range, { includePrerelease: true })) return [];
  return [
    `it is made for kubenest ${range}, and this is ${KUBENEST_VERSION}: take a version of the plugin that is made for it`,
  ];
}

/** Each plugin once, and behind those that it needs. */
function checkOrder(plugins: readonly PluginDescription[]): void {
  const given = new Set<string>();
  for (const { name, requires } of plugins) {
    if (given.has(name)) {
      throw new PluginError(name, ['it is given twice: leave one away, or tell them apart by @Plugin({ name: ... })']);
    }
    const faults = requires
      .filter((other) => !given.has(other))
      .map((other) => {
        const later = plugins.some((each) => each.name === other);
        return `it needs plugin ${other}, which ${later ? 'comes after it' : 'is not there'}: give ${other} before it`;
      });
    if (faults.length > 0) throw new PluginError(name, faults);
    given.add(name);
  }
}

/** One kind, or one plural, is one plugin's: its versions come together. */
function checkCollisions(plugins: readonly PluginDescription[]): void {
  const owners = new Map<string, string>();
  for (const { name, resources } of plugins) {
    const own = new Set<string>();
    for (const resource of resources) {
      const { group, kind, resource: plural } = findResourceType(resource)!;
      own.add(`kind ${kind} of ${group}`).add(`resource ${plural} of ${group}`);
    }
    for (const key of own) {
      const other = owners.get(key);
      if (other !== undefined)
        throw new PluginError(name, [`${key} is declared by plugin ${other} already: choose another group or name`]);
      owners.set(key, name);
    }
  }
}
