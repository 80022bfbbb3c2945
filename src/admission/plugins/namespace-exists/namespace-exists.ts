import { notFound } from '../../../apimachinery/errors/status-error.js';
import type { AdmissionAttributes, AdmissionPlugin } from '../../admission.js';
import type { NamespaceLookup } from '../namespace-lifecycle/namespace-lifecycle.js';

/**
 * Nothing is changed in a namespace that is not there.
 * @see https://kubernetes.io/docs/reference/access-authn-authz/admission-controllers/#namespaceexists
 */
export class NamespaceExists implements AdmissionPlugin {
  readonly name = 'NamespaceExists';

  constructor(private readonly phaseOf: NamespaceLookup) {}

  handles({ namespace, operation, resource }: AdmissionAttributes): boolean {
    return (
      namespace !== '' && operation !== 'CONNECT' && !(resource.resource === 'namespaces' && resource.group === '')
    );
  }

  validate({ namespace }: AdmissionAttributes): Promise<void> | void {
    const phase = this.phaseOf(namespace);
    if (!(phase instanceof Promise)) return requireNamespace(phase, namespace);
    return phase.then((found) => requireNamespace(found, namespace));
  }
}

function requireNamespace(phase: string | undefined, namespace: string): void {
  if (phase === undefined) throw notFound({ group: '', resource: 'namespaces' }, namespace);
}
