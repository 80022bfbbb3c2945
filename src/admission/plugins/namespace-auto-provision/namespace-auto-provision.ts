import type { AdmissionAttributes, AdmissionPlugin } from '../../admission.js';
import type { NamespacePhase } from '../namespace-lifecycle/namespace-lifecycle.js';

/** Makes a namespace; one that is there meanwhile is no fault. @throws StatusError where it cannot be made */
export type CreateNamespace = (name: string) => Promise<void>;

/**
 * Makes the namespace that something is created in.
 * @see https://kubernetes.io/docs/reference/access-authn-authz/admission-controllers/#namespaceautoprovision
 */
export class NamespaceAutoProvision implements AdmissionPlugin {
  readonly name = 'NamespaceAutoProvision';

  constructor(
    private readonly phaseOf: NamespacePhase,
    private readonly create: CreateNamespace,
  ) {}

  handles({ namespace, operation, resource, dryRun }: AdmissionAttributes): boolean {
    if (namespace === '' || operation !== 'CREATE' || dryRun) return false;
    return !(resource.resource === 'namespaces' && resource.group === '') && this.phaseOf(namespace) === undefined;
  }

  mutate({ namespace }: AdmissionAttributes): Promise<void> {
    return this.create(namespace);
  }
}
