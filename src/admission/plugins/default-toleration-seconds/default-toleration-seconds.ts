import type { CoreV1Pod, CoreV1Toleration } from '../../../apis/types.gen.js';
import type { AdmissionAttributes, AdmissionPlugin } from '../../admission.js';
import { isWhole } from '../../refusal.js';

const NOT_READY = 'node.kubernetes.io/not-ready';
const UNREACHABLE = 'node.kubernetes.io/unreachable';

/**
 * Pods that do not say how long they stay on a node in trouble stay for a while.
 * @see https://kubernetes.io/docs/reference/access-authn-authz/admission-controllers/#defaulttolerationseconds
 */
export class DefaultTolerationSeconds implements AdmissionPlugin {
  readonly name = 'DefaultTolerationSeconds';

  constructor(
    private readonly notReadySeconds = 300,
    private readonly unreachableSeconds = 300,
  ) {}

  handles(attributes: AdmissionAttributes): boolean {
    const { operation } = attributes;
    return (operation === 'CREATE' || operation === 'UPDATE') && isWhole(attributes, '', 'pods');
  }

  mutate({ object }: AdmissionAttributes): void {
    const { spec } = object as CoreV1Pod;
    if (spec === undefined) return;
    const given = spec.tolerations ?? [];
    const added: CoreV1Toleration[] = [];
    if (!tolerates(given, NOT_READY)) added.push(staying(NOT_READY, this.notReadySeconds));
    if (!tolerates(given, UNREACHABLE)) added.push(staying(UNREACHABLE, this.unreachableSeconds));
    if (added.length > 0) spec.tolerations = [...given, ...added];
  }
}

function tolerates(tolerations: readonly CoreV1Toleration[], taint: string): boolean {
  return tolerations.some(
    ({ key = '', effect = '' }) => (key === taint || key === '') && (effect === 'NoExecute' || effect === ''),
  );
}

function staying(key: string, tolerationSeconds: number): CoreV1Toleration {
  return { key, operator: 'Exists', effect: 'NoExecute', tolerationSeconds };
}
