import { forbidden, notFound, StatusError } from '../../../apimachinery/errors/status-error.js';
import type { AdmissionAttributes, AdmissionPlugin } from '../../admission.js';

/** What the plugin asks about a namespace; undefined where there is none of that name. */
export type NamespacePhase = (name: string) => Phase;
/** The same where namespaces may be another server's. @throws Error where it cannot be asked */
export type NamespaceLookup = (name: string) => Phase | Promise<Phase>;

type Phase = 'Active' | 'Terminating' | undefined;

/** Namespaces that nobody may delete. */
const IMMORTAL = new Set(['default', 'kube-system', 'kube-public']);
const NAMESPACES = { group: '', resource: 'namespaces' };

/** What may be asked inside a namespace that is going: reviews store nothing. */
const ALWAYS_ALLOWED = new Set(['authorization.k8s.io/localsubjectaccessreviews']);

/**
 * Nothing is created in a namespace that does not exist or is being deleted, and the system namespaces stay.
 * @see https://kubernetes.io/docs/reference/access-authn-authz/admission-controllers/#namespacelifecycle
 */
export class NamespaceLifecycle implements AdmissionPlugin {
  readonly name = 'NamespaceLifecycle';

  constructor(private readonly phaseOf: NamespaceLookup) {}

  handles({ namespace, operation, resource }: AdmissionAttributes): boolean {
    if (resource.resource === 'namespaces' && resource.group === '') return operation === 'DELETE';
    return namespace !== '' && operation !== 'DELETE' && operation !== 'CONNECT';
  }

  mutate(attributes: AdmissionAttributes): Promise<void> | void {
    const { namespace, name, resource } = attributes;
    if (resource.resource === 'namespaces' && resource.group === '') {
      if (attributes.subresource === '' && IMMORTAL.has(name)) {
        throw forbidden(NAMESPACES, name, 'this namespace may not be deleted');
      }
      return;
    }
    if (ALWAYS_ALLOWED.has(`${resource.group}/${resource.resource}`)) return;
    const phase = this.phaseOf(namespace);
    if (!(phase instanceof Promise)) return checkPhase(phase, attributes);
    return phase.then((found) => checkPhase(found, attributes));
  }
}

function checkPhase(phase: Phase, attributes: AdmissionAttributes): void {
  const { namespace, operation } = attributes;
  if (phase === undefined) throw notFound(NAMESPACES, namespace);
  if (phase === 'Terminating' && operation === 'CREATE') throw terminating(attributes);
}

function terminating({ resource, name, namespace }: AdmissionAttributes): StatusError {
  const error = forbidden(
    resource,
    name,
    `unable to create new content in namespace ${namespace} because it is being terminated`,
  );
  return new StatusError(error.code, error.reason, error.message, {
    ...error.details,
    causes: [
      {
        reason: 'NamespaceTerminating',
        message: `namespace ${namespace} is being terminated`,
        field: 'metadata.namespace',
      },
    ],
  });
}
