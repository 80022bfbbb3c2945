import { entriesOf } from '../../../apimachinery/validation/entries-of.js';
import { type FieldError, FieldPath, fieldNotSupported } from '../../../apimachinery/validation/field-error.js';
import type { CoreV1Pod } from '../../../apis/types.gen.js';
import type { AdmissionAttributes, AdmissionPlugin } from '../../admission.js';
import { isWhole, refused } from '../../refusal.js';

const POLICY = 'Always';
const LISTS = ['initContainers', 'containers', 'ephemeralContainers'] as const;
const SPEC = FieldPath.root('spec');

/**
 * Images are pulled anew for every container, so that only those who may pull them can use them.
 * @see https://kubernetes.io/docs/reference/access-authn-authz/admission-controllers/#alwayspullimages
 */
export class AlwaysPullImages implements AdmissionPlugin {
  readonly name = 'AlwaysPullImages';

  handles(attributes: AdmissionAttributes): boolean {
    const { operation, object, oldObject } = attributes;
    if (!isWhole(attributes, '', 'pods')) return false;
    if (operation === 'CREATE') return true;
    return operation === 'UPDATE' && hasNewImages(object as CoreV1Pod, oldObject as CoreV1Pod);
  }

  mutate({ object }: AdmissionAttributes): void {
    const { spec } = object as CoreV1Pod;
    for (const list of LISTS) for (const container of spec?.[list] ?? []) container.imagePullPolicy = POLICY;
    for (const { image } of spec?.volumes ?? []) if (image !== undefined) image.pullPolicy = POLICY;
  }

  validate(attributes: AdmissionAttributes): void {
    const { spec } = attributes.object as CoreV1Pod;
    const errors: FieldError[] = [];
    for (const list of LISTS) {
      for (const [i, { imagePullPolicy = '' }] of entriesOf(spec?.[list])) {
        if (imagePullPolicy === POLICY) continue;
        const at = SPEC.child(list).index(i).child('imagePullPolicy');
        errors.push(fieldNotSupported(at, imagePullPolicy, [POLICY]));
      }
    }
    if (errors.length === 0) return;
    const texts = errors.map(({ field, message }) => `${field}: ${message}`);
    throw refused(attributes, texts.length === 1 ? texts[0]! : `[${texts.join(', ')}]`);
  }
}

function hasNewImages({ spec }: CoreV1Pod, { spec: old }: CoreV1Pod): boolean {
  const known = new Set(LISTS.flatMap((list) => (old?.[list] ?? []).map(({ image }) => image)));
  return LISTS.some((list) => (spec?.[list] ?? []).some(({ image }) => !known.has(image)));
}
