import { Admission, type AdmissionAttributes, type AdmissionPlugin } from './admission.js';

/** What is charged must not be refused afterwards. */
const CHARGES = 'ResourceQuota';

/**
 * The plugins in their order: all mutating ones, then all validating ones, one after another. A request that no plugin handles
 * costs one cheap question a plugin and no promise.
 * @see https://kubernetes.io/docs/reference/access-authn-authz/admission-controllers/
 */
export class AdmissionChain extends Admission {
  private readonly mutating: AdmissionPlugin[];
  private readonly validating: AdmissionPlugin[];

  constructor(plugins: readonly AdmissionPlugin[]) {
    super();
    this.mutating = plugins.filter((plugin) => plugin.mutate !== undefined);
    this.validating = plugins.filter((plugin) => plugin.validate !== undefined);
  }

  /** Takes one more plugin in, where webhooks stand: after all that are built in, but before quotas are charged. */
  add(plugin: AdmissionPlugin): void {
    if (plugin.mutate !== undefined) this.mutating.push(plugin);
    if (plugin.validate === undefined) return;
    const last = this.validating.findIndex(({ name }) => name === CHARGES);
    this.validating.splice(last < 0 ? this.validating.length : last, 0, plugin);
  }

  mutate(attributes: AdmissionAttributes): Promise<void> | undefined {
    return runInOrder(this.mutating, attributes, (plugin) => plugin.mutate!(attributes));
  }

  validate(attributes: AdmissionAttributes): Promise<void> | undefined {
    return runInOrder(this.validating, attributes, (plugin) => plugin.validate!(attributes));
  }
}

function runInOrder(
  plugins: readonly AdmissionPlugin[],
  attributes: AdmissionAttributes,
  run: (plugin: AdmissionPlugin) => Promise<void> | void,
): Promise<void> | undefined {
  for (let i = 0; i < plugins.length; i++) {
    const plugin = plugins[i]!;
    if (!plugin.handles(attributes)) continue;
    const pending = run(plugin);
    if (pending !== undefined) {
      return pending.then(() => runInOrder(plugins.slice(i + 1), attributes, run));
    }
  }
  return undefined;
}
