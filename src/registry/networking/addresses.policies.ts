import { immutableLast, required, requiredPointer, struct } from '../../apimachinery/validation/declared-rules.js';
import { type Errors, validateChecked } from '../../apimachinery/validation/field-checks.js';
import { FieldPath, fieldInvalid, fieldRequired } from '../../apimachinery/validation/field-error.js';
import {
  checkCanonicalCidr,
  checkCanonicalIp,
  cidrWarnings,
  looseCidr,
} from '../../apimachinery/validation/ip-strict.js';
import { checkDns1123Subdomain } from '../../apimachinery/validation/names.js';
import { validateImmutable } from '../../apimachinery/validation/object-meta.js';
import type { NetworkingV1IPAddress, NetworkingV1ServiceCIDR } from '../../apis/types.gen.js';
import { validatePathSegment } from '../generic/reference-checks.js';
import { ruledPolicy } from '../generic/ruled-policy.js';

/** The ranges that service addresses come from, and the addresses taken. */

const GROUP = 'networking.k8s.io';
const PARENT = FieldPath.root('spec', 'parentRef');
const CIDRS = FieldPath.root('spec', 'cidrs');
const CIDRS_MAX = 2;

/** @see https://kubernetes.io/docs/reference/kubernetes-api/networking-resources/ip-address-v1/ */
export const ipAddressPolicy = ruledPolicy<NetworkingV1IPAddress>({
  resource: 'ipaddresses',
  traits: {
    kind: { group: GROUP, version: 'v1', kind: 'IPAddress' },
    namespaced: false,
    nameRule: checkCanonicalIp,
  },
  validate: ({ spec = {} }, errors) => {
    const { group, resource, name, namespace } = spec.parentRef ?? {};
    if (group) validateChecked(group, checkDns1123Subdomain, PARENT.child('group'), errors);
    for (const [field, value] of Object.entries({ resource, name, namespace })) {
      if (value) validatePathSegment(value, PARENT.child(field), errors);
    }
  },
  declared: struct({
    spec: [struct({ parentRef: [requiredPointer, struct({ resource: [required], name: [required] }), immutableLast] })],
  }),
});

/** @see https://kubernetes.io/docs/reference/kubernetes-api/networking-resources/service-cidr-v1/ */
export const serviceCidrPolicy = ruledPolicy<NetworkingV1ServiceCIDR>({
  resource: 'servicecidrs',
  traits: {
    kind: { group: GROUP, version: 'v1', kind: 'ServiceCIDR' },
    namespaced: false,
    hasStatus: true,
    statusKeepsMetadata: true,
  },
  validate: ({ spec = {} }, errors) => validateRanges(spec.cidrs ?? [], errors),
  validateUpdate: (object, old, errors) => {
    const now = object.spec?.cidrs ?? [];
    const before = old.spec?.cidrs ?? [];
    const grows = before.length === 1 && now.length === CIDRS_MAX;
    if (now.length !== before.length && !grows) {
      errors.push(fieldInvalid(CIDRS, object.spec?.cidrs ?? null, 'field is immutable'));
      return;
    }
    for (const [i, cidr] of before.entries()) validateImmutable(now[i], cidr, CIDRS.index(i), errors);
    if (grows) validateRanges(now, errors);
  },
  warnings: ({ spec }) => (spec?.cidrs ?? []).flatMap((cidr, i) => cidrWarnings(cidr, CIDRS.index(i).toString())),
});

/** One range, or one of each family. */
function validateRanges(cidrs: string[], errors: Errors): void {
  if (cidrs.length === 0) {
    errors.push(fieldRequired(CIDRS, 'at least one CIDR required'));
    return;
  }
  if (cidrs.length > CIDRS_MAX) {
    errors.push(fieldInvalid(CIDRS, { CIDRs: cidrs }, `may only hold up to ${CIDRS_MAX} values`));
    return;
  }
  for (const [i, cidr] of cidrs.entries()) validateChecked(cidr, checkCanonicalCidr, CIDRS.index(i), errors);
  const [first, second] = cidrs.map((cidr) => looseCidr(cidr)?.family);
  if (second !== undefined && first === second) {
    const text = 'may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/64';
    errors.push(fieldInvalid(CIDRS, cidrs, text));
  }
}
