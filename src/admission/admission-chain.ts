import { Admission, type AdmissionAttributes, type AdmissionPlugin } from './admission.js';

/**
 * The plugins in their order: all mutating ones, then all validating ones, one after another. A request that no plugin handles
 * costs one cheap question a plugin and no promise.
 * @see https://kubernetes.io/docs/reference/access-authn-authz/admission-controllers/
 */
export class AdmissionChain extends Admission {
  private readonly mutating: readonly AdmissionPlugin[];
  private readonly validating: readonly AdmissionPlugin[];

  constructor(plugins: readonly AdmissionPlugin[]) {
    super();
    this.mutating = plugins.filter((plugin) => plugin.mutate !== undefined);
    this.validating = plugins.filter((plugin) => plugin.validate !== undefined);
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
