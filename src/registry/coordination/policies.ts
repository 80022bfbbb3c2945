import { type Errors, NON_NEGATIVE_TEXT } from '../../apimachinery/validation/field-checks.js';
import { FieldPath, fieldInvalid } from '../../apimachinery/validation/field-error.js';
import type { CoordinationV1Lease } from '../../apis/types.gen.js';
import { gatedFields } from '../generic/gated-fields.js';
import { ruledPolicy } from '../generic/ruled-policy.js';
import type { KindPolicy } from '../kind-policy.js';

const SPEC = FieldPath.root('spec');

/** @see https://kubernetes.io/docs/concepts/architecture/leases/ */
function validateLease({ spec = {} }: Readonly<CoordinationV1Lease>, errors: Errors): void {
  const { leaseDurationSeconds: seconds, leaseTransitions: transitions } = spec;
  if (seconds !== undefined && seconds <= 0) {
    errors.push(fieldInvalid(SPEC.child('leaseDurationSeconds'), seconds, 'must be greater than 0'));
  }
  if (transitions !== undefined && transitions < 0) {
    errors.push(fieldInvalid(SPEC.child('leaseTransitions'), transitions, NON_NEGATIVE_TEXT));
  }
}

export const coordinationPolicies: readonly KindPolicy[] = [
  ruledPolicy<CoordinationV1Lease>({
    resource: 'leases',
    traits: {
      kind: { group: 'coordination.k8s.io', version: 'v1', kind: 'Lease' },
      namespaced: true,
      allowCreateOnUpdate: true,
      allowUnconditionalUpdate: false,
    },
    validate: validateLease,
    disabled: gatedFields({ CoordinatedLeaderElection: ['spec.strategy', 'spec.preferredHolder'] }),
  }),
];
