import { shortName } from '../../apimachinery/validation/declared-formats.js';
import { immutable, required, struct } from '../../apimachinery/validation/declared-rules.js';
import type { Errors } from '../../apimachinery/validation/field-checks.js';
import { FieldPath } from '../../apimachinery/validation/field-error.js';
import { validateLabels } from '../../apimachinery/validation/qualified-name.js';
import type { NodeV1RuntimeClass } from '../../apis/types.gen.js';
import { validateTolerations } from '../core/affinity-validation.js';
import { validateResources } from '../core/container-validation.js';
import { deprecatedLabel } from '../generic/node-labels.js';
import { validateContainerResourceName } from '../generic/resource-names.js';
import { ruledPolicy } from '../generic/ruled-policy.js';
import type { KindPolicy } from '../kind-policy.js';

const OVERHEAD = FieldPath.root('overhead');
const SCHEDULING = FieldPath.root('scheduling');

const sorted = (amounts: Readonly<Record<string, string>>) => Object.fromEntries(Object.entries(amounts).sort());

function validate({ overhead, scheduling }: Readonly<NodeV1RuntimeClass>, errors: Errors): void {
  validateResources(
    { limits: sorted(overhead?.podFixed ?? {}) },
    validateContainerResourceName,
    new Set(),
    OVERHEAD,
    errors,
  );
  validateLabels(scheduling?.nodeSelector, SCHEDULING.child('nodeSelector'), errors);
  validateTolerations(scheduling?.tolerations, SCHEDULING.child('tolerations'), errors);
}

/** @see https://kubernetes.io/docs/concepts/containers/runtime-class/ */
export const runtimeClassPolicy = ruledPolicy<NodeV1RuntimeClass>({
  resource: 'runtimeclasses',
  traits: {
    kind: { group: 'node.k8s.io', version: 'v1', kind: 'RuntimeClass' },
    namespaced: false,
    allowUnconditionalUpdate: false,
    allowCreateOnUpdate: true,
  },
  validate,
  declared: struct({ handler: [immutable, required, shortName] }),
  warnings: ({ scheduling }) =>
    Object.keys(scheduling?.nodeSelector ?? {}).flatMap((key) => {
      const text = deprecatedLabel(key);
      return text === undefined ? [] : [`${SCHEDULING.child('nodeSelector')}: ${text}`];
    }),
});

export const nodePolicies: readonly KindPolicy[] = [runtimeClassPolicy];
