import type { Errors } from '../../apimachinery/validation/field-checks.js';
import { validateChecked } from '../../apimachinery/validation/field-checks.js';
import { FieldPath, fieldRequired } from '../../apimachinery/validation/field-error.js';
import { checkDns1123Label } from '../../apimachinery/validation/names.js';
import { validateLabels } from '../../apimachinery/validation/qualified-name.js';
import type { NodeV1RuntimeClass } from '../../apis/types.gen.js';
import { validateTolerations } from '../core/affinity-validation.js';
import { validateUnchanged } from '../generic/reference-checks.js';
import { validateContainerResourceName, validateResourceQuantity } from '../generic/resource-names.js';
import { ruledPolicy } from '../generic/ruled-policy.js';
import type { KindPolicy } from '../kind-policy.js';

const HANDLER = FieldPath.root('handler');
const LIMITS = FieldPath.root('overhead', 'limits');
const SCHEDULING = FieldPath.root('scheduling');

function validate({ handler = '', overhead, scheduling }: Readonly<NodeV1RuntimeClass>, errors: Errors): void {
  for (const [name, quantity] of Object.entries(overhead?.podFixed ?? {}).sort()) {
    const at = LIMITS.key(name);
    validateContainerResourceName(name, at, errors);
    validateResourceQuantity(name, quantity, at, errors);
  }
  validateLabels(scheduling?.nodeSelector, SCHEDULING.child('nodeSelector'), errors);
  validateTolerations(scheduling?.tolerations, SCHEDULING.child('tolerations'), errors);
  if (handler === '') errors.push(fieldRequired(HANDLER));
  else validateChecked(handler, checkDns1123Label, HANDLER, errors);
}

/** @see https://kubernetes.io/docs/concepts/containers/runtime-class/ */
export const runtimeClassPolicy = ruledPolicy<NodeV1RuntimeClass>({
  resource: 'runtimeclasses',
  traits: {
    kind: { group: 'node.k8s.io', version: 'v1', kind: 'RuntimeClass' },
    namespaced: false,
    allowUnconditionalUpdate: false,
  },
  validate,
  validateUpdate: (object, old, errors) => validateUnchanged(object.handler, old.handler, HANDLER, errors),
});

export const nodePolicies: readonly KindPolicy[] = [runtimeClassPolicy];
