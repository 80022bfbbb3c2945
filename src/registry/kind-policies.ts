import { checkCrdSchema } from '../apimachinery/schema/check-crd-schema.js';
import { admissionregistrationPolicies } from './admissionregistration/policies.js';
import { apiextensionsPolicies } from './apiextensions/policies.js';
import { apiregistrationPolicies } from './apiregistration/policies.js';
import { appsPolicies } from './apps/policies.js';
import { autoscalingPolicies } from './autoscaling/policies.js';
import { batchPolicies } from './batch/policies.js';
import { certificatesPolicies } from './certificates/policies.js';
import { coordinationPolicies } from './coordination/policies.js';
import { corePolicies } from './core/policies.js';
import { discoveryPolicies } from './discovery/policies.js';
import { eventsPolicies } from './events/policies.js';
import { flowcontrolPolicies } from './flowcontrol/policies.js';
import type { KindPolicy } from './kind-policy.js';
import { networkingPolicies } from './networking/policies.js';
import { nodePolicies } from './node/policies.js';
import { policyPolicies } from './policy/policies.js';
import { rbacPolicies } from './rbac/policies.js';
import { resourcePolicies } from './resource/policies.js';
import { schedulingPolicies } from './scheduling/policies.js';
import { storagePolicies } from './storage/policies.js';
import { storageMigrationPolicies } from './storagemigration/policies.js';

/**
 * Every built-in kind that has code of its own, group by group. What is not listed is served from the catalogue by
 * {@link GenericStrategy}. A group's list lives in `<group>/policies.ts`; a new group is one line here.
 */
export function kindPolicies(): readonly KindPolicy[] {
  return [
    ...apiextensionsPolicies(checkCrdSchema),
    ...apiregistrationPolicies,
    ...corePolicies,
    ...appsPolicies,
    ...batchPolicies,
    ...coordinationPolicies,
    ...networkingPolicies,
    ...policyPolicies,
    ...schedulingPolicies,
    ...storagePolicies,
    ...admissionregistrationPolicies,
    ...resourcePolicies,
    ...autoscalingPolicies,
    ...discoveryPolicies,
    ...eventsPolicies,
    ...flowcontrolPolicies,
    ...nodePolicies,
    ...storageMigrationPolicies,
    ...rbacPolicies,
    ...certificatesPolicies,
  ];
}
