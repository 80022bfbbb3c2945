import { StatusError } from '../../apimachinery/errors/status-error.js';

/**
 * Runs what a plugin wrote. A StatusError is its answer; anything else is a fault of the plugin, which the log tells of by the
 * plugin's name, and the client gets a 500.
 */
export async function callPlugin<T>(where: string, call: () => Promise<T> | T): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (error instanceof StatusError) throw error;
    throw new PluginFailure(where, error);
  }
}

/** What a plugin threw, with the place where it stood. */
export class PluginFailure extends Error {
  constructor(where: string, cause: unknown) {
    super(`${where}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    if (cause instanceof Error && cause.stack !== undefined) this.stack = `${this.message}\n${cause.stack}`;
  }
}
