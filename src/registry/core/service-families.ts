import { invalid } from '../../apimachinery/errors/status-error.js';
import { jsonEqual } from '../../apimachinery/meta/json.js';
import { entriesOf } from '../../apimachinery/validation/entries-of.js';
import { type Errors } from '../../apimachinery/validation/field-checks.js';
import { FieldPath, fieldInvalid } from '../../apimachinery/validation/field-error.js';
import { ipFamily } from '../../apimachinery/validation/ip.js';
import type { CoreV1Service, CoreV1ServiceSpec } from '../../apis/types.gen.js';
import { validateClusterIps } from './service-validation.js';

const SPEC = FieldPath.root('spec');
const POLICY = SPEC.child('ipFamilyPolicy');
const FAMILIES = SPEC.child('ipFamilies');

type Spec = CoreV1ServiceSpec;

const isNone = (spec: Spec): boolean => spec.clusterIP === 'None';
const isOpenHeadless = (spec: Spec): boolean => isNone(spec) && Object.keys(spec.selector ?? {}).length === 0;
const sameList = (a: readonly string[] | undefined, b: readonly string[] | undefined): boolean =>
  jsonEqual([...(a ?? [])], [...(b ?? [])]);
const otherFamily = (family: string): string => (family === 'IPv4' ? 'IPv6' : 'IPv4');

/**
 * Fills in families and their policy where the client leaves them open, in place, and refuses what the cluster cannot give. Comes
 * before all validation, as upstream's allocators do.
 * @param configured the families that the cluster has ranges of, the primary first
 * @throws StatusError Invalid
 * @see https://kubernetes.io/docs/concepts/services-networking/dual-stack/
 */
export function initFamilies(
  service: CoreV1Service,
  old: CoreV1Service | undefined,
  configured: readonly string[],
): void {
  service.spec ??= {};
  const { spec } = service;
  const before = old?.spec;
  if (spec.type === 'ExternalName' || keepsPreferred(spec, before)) return;
  spec.ipFamilyPolicy ??= before?.ipFamilyPolicy ?? (isOpenHeadless(spec) ? 'RequireDualStack' : 'SingleStack');
  const errors: Errors = [];
  const check = (): void => {
    if (errors.length > 0) throw invalid({ group: '', kind: 'Service' }, service.metadata.name ?? '', errors);
  };
  validateClusterIps(spec, before?.clusterIPs, errors);
  check();
  if (before) releaseSecondary(spec, before, errors);
  validatePolicyFits(spec, errors);
  inferFamilies(spec, configured, errors);
  check();
  if (isOpenHeadless(spec)) {
    spec.ipFamilies = withOther(spec, [configured[0] ?? 'IPv4'], true);
    return;
  }
  if (spec.ipFamilyPolicy === 'RequireDualStack' && configured.length < 2) {
    errors.push(fieldInvalid(POLICY, spec.ipFamilyPolicy, 'this cluster is not configured for dual-stack services'));
  }
  for (const [i, family] of entriesOf(spec.ipFamilies)) {
    if (!configured.includes(family))
      errors.push(fieldInvalid(FAMILIES.index(i), family, 'not configured on this cluster'));
  }
  check();
  spec.ipFamilies = withOther(spec, [configured[0] ?? 'IPv4'], configured.length === 2);
}

/** Services that take what there is are not changed by a change of the cluster. */
function keepsPreferred(spec: Spec, before: Spec | undefined): boolean {
  if (before === undefined || spec.ipFamilyPolicy !== 'PreferDualStack' || spec.type !== before.type) return false;
  if (before.ipFamilyPolicy !== undefined && before.ipFamilyPolicy !== 'PreferDualStack') return false;
  return sameList(spec.clusterIPs, before.clusterIPs) && sameList(spec.ipFamilies, before.ipFamilies);
}

/** A policy of one family lets go of the second one; without that policy it may not go. */
function releaseSecondary(spec: Spec, before: Spec, errors: Errors): void {
  const [ips = [], families = []] = [spec.clusterIPs, spec.ipFamilies];
  if (spec.ipFamilyPolicy === 'SingleStack') {
    if (ips.length > 1 && sameList(ips, before.clusterIPs)) spec.clusterIPs = ips.slice(0, 1);
    if (families.length > 1 && sameList(families, before.ipFamilies)) spec.ipFamilies = families.slice(0, 1);
    return;
  }
  const reduced = (now: readonly string[], was: readonly string[] = []): boolean =>
    now.length > 0 && now.length < was.length;
  const refuse = (what: string): unknown =>
    errors.push(
      fieldInvalid(POLICY, spec.ipFamilyPolicy ?? null, `must be 'SingleStack' to release the secondary ${what}`),
    );
  if (reduced(ips, before.clusterIPs)) refuse('cluster IP');
  if (reduced(families, before.ipFamilies)) refuse('IP family');
}

function validatePolicyFits(spec: Spec, errors: Errors): void {
  if (spec.ipFamilyPolicy !== 'SingleStack') return;
  const text = "must be 'RequireDualStack' or 'PreferDualStack' when multiple";
  if (spec.clusterIPs?.length === 2) {
    errors.push(fieldInvalid(POLICY, spec.ipFamilyPolicy, `${text} cluster IPs are specified`));
  }
  if (spec.ipFamilies?.length === 2) {
    errors.push(fieldInvalid(POLICY, spec.ipFamilyPolicy, `${text} IP families are specified`));
  }
}

/** Addresses tell their families. */
function inferFamilies(spec: Spec, configured: readonly string[], errors: Errors): void {
  const ips = spec.clusterIPs ?? [];
  for (const [i, ip] of ips.entries()) {
    if (ip === 'None') return;
    const family = ipFamily(ip) ?? 'unknown';
    if (i < (spec.ipFamilies ?? []).length) continue;
    if (configured.includes(family)) spec.ipFamilies = [...(spec.ipFamilies ?? []), family];
    else
      errors.push(fieldInvalid(SPEC.child('clusterIPs').index(i), ips, `${family} is not configured on this cluster`));
  }
}

function withOther(spec: Spec, fallback: readonly string[], possible: boolean): string[] {
  const families = (spec.ipFamilies ?? []).length > 0 ? spec.ipFamilies! : [...fallback];
  const single = spec.ipFamilyPolicy === 'SingleStack' || !possible || families.length !== 1;
  return single ? families : [...families, otherFamily(families[0]!)];
}
