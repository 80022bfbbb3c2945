import { notFound } from '../../../apimachinery/errors/status-error.js';
import type { AdmissionAttributes, AdmissionPlugin } from '../../admission.js';
import type { NamespacePhase } from '../namespace-lifecycle/namespace-lifecycle.js';

/**
 * Nothing is changed in a namespace that is not there.
 * @see https://kubernetes.io/docs/reference/access-authn-authz/admission-controllers/#namespaceexists
 */
export class NamespaceExists implements AdmissionPlugin {
  readonly name = 'NamespaceExists';

  constructor(private readonly phaseOf: NamespacePhase) {}

  handles({ namespace, operation, resource }: AdmissionAttributes): boolean {
    return (
      namespace !== '' && operation !== 'CONNECT' && !(resource.resource === 'namespaces' && resource.group === '')
    );
  }

  validate({ namespace }: AdmissionAttributes): void {
    if (this.phaseOf(namespace) === undefined) throw notFound({ group: '', resource: 'namespaces' }, namespace);
  }
}
