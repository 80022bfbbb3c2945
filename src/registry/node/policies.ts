import { shortName } from '../../apimachinery/validation/declared-formats.js';
import { immutable, required, struct } from '../../apimachinery/validation/declared-rules.js';
import type { Errors } from '../../apimachinery/validation/field-checks.js';
import { FieldPath, fieldDuplicate } from '../../apimachinery/validation/field-error.js';
import { validateLabels } from '../../apimachinery/validation/qualified-name.js';
import type { CoreV1Toleration, NodeV1RuntimeClass } from '../../apis/types.gen.js';
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
  validateOnce(scheduling?.tolerations ?? [], SCHEDULING.child('tolerations'), errors);
}

function validateOnce(tolerations: readonly CoreV1Toleration[], at: FieldPath, errors: Errors): void {
  validateTolerations(tolerations, at, errors);
  const seen = new Set<string>();
  for (const [
    i,
    { key = '', operator = '', value = '', effect = '', tolerationSeconds = null },
  ] of tolerations.entries()) {
    const listKey = JSON.stringify([key, operator, value, effect]);
    const shown = { Key: key, Operator: operator, Value: value, Effect: effect, TolerationSeconds: tolerationSeconds };
    if (seen.has(listKey)) errors.push(fieldDuplicate(at.index(i), shown));
    seen.add(listKey);
  }
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
