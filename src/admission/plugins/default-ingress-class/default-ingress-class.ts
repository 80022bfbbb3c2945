import type { NetworkingV1Ingress, NetworkingV1IngressClass } from '../../../apis/types.gen.js';
import type { AdmissionAttributes, AdmissionPlugin } from '../../admission.js';
import { defaultClass } from '../../default-class.js';
import type { ObjectLookup } from '../../object-lookup.js';
import { isWhole } from '../../refusal.js';

const GROUP = 'networking.k8s.io';
const MARKS = ['ingressclass.kubernetes.io/is-default-class'];
/** How ingresses named their class before there was a field. */
const CLASS_ANNOTATION = 'kubernetes.io/ingress.class';

/**
 * An ingress that names no class gets the default one.
 * @see https://kubernetes.io/docs/reference/access-authn-authz/admission-controllers/#defaultingressclass
 */
export class DefaultIngressClass implements AdmissionPlugin {
  readonly name = 'DefaultIngressClass';

  constructor(private readonly objects: ObjectLookup) {}

  handles(attributes: AdmissionAttributes): boolean {
    return attributes.operation === 'CREATE' && isWhole(attributes, GROUP, 'ingresses');
  }

  mutate({ object }: AdmissionAttributes): void {
    const ingress = object as NetworkingV1Ingress;
    if (ingress.spec?.ingressClassName !== undefined) return;
    if (ingress.metadata.annotations?.[CLASS_ANNOTATION] !== undefined) return;
    const classes = this.objects.list<NetworkingV1IngressClass>(GROUP, 'ingressclasses', '');
    const name = defaultClass(classes, MARKS)?.metadata.name;
    if (name === undefined) return;
    ingress.spec ??= {};
    ingress.spec.ingressClassName = name;
  }
}
