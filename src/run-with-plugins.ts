import { Logger } from '@nestjs/common';
import type { CompletedConfig } from './config/complete.js';
import { loadPlugins } from './plugins/load/load-plugins.js';
import type { RunningServer } from './server.js';
import { startWithPlugins } from './start-with-plugins.js';

/**
 * Starts the server with the plugins that the configuration names. Never part of the bundle: what plugins import (this package, Nest) must
 * be the very modules that the server runs on.
 * @throws PluginError, StartError
 */
export async function runWithPlugins(config: CompletedConfig): Promise<RunningServer> {
  const modules = await loadPlugins(config.options.plugins, process.cwd());
  const logger = new Logger('plugins');
  // A promise that a plugin forgot to look after is no reason to stop serving everybody else.
  process.on('unhandledRejection', (reason) => {
    const error = reason instanceof Error ? reason : new Error(String(reason));
    logger.error(`a promise was rejected and nobody cared: ${error.message}`, error.stack);
  });
  return startWithPlugins(config, modules);
}
