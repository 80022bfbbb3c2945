import { StartError } from '../config/start-error.js';

/** Why a plugin cannot be used: which one, every fault, and how to mend each. The server does not start. */
export class PluginError extends StartError {
  /** @param plugin its name, or what was given for it */
  constructor(
    readonly plugin: string,
    readonly faults: readonly string[],
    options?: ErrorOptions,
  ) {
    super(faults.map((fault) => `plugin ${plugin}: ${fault}`).join('\nkubenest: '), options);
  }
}
