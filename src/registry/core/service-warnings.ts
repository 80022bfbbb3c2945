import { entriesOf } from '../../apimachinery/validation/entries-of.js';
import { FieldPath } from '../../apimachinery/validation/field-error.js';
import { cidrWarnings, ipWarnings } from '../../apimachinery/validation/ip-strict.js';
import type { CoreV1Service, CoreV1ServiceSpec } from '../../apis/types.gen.js';
import { TOPOLOGY_HINTS, TOPOLOGY_MODE } from './service-validation.js';

const SPEC = FieldPath.root('spec');
const EXTERNAL_IPS_TEXT = 'spec.externalIPs is deprecated and may no longer be implemented in some clusters';

/** What clients should know about a service that is good all the same; texts for Warning headers. */
export function serviceWarnings({ spec = {}, metadata }: Readonly<CoreV1Service>): string[] {
  const out: string[] = [];
  if (metadata.annotations?.[TOPOLOGY_HINTS] !== undefined) {
    out.push(`annotation ${TOPOLOGY_HINTS} is deprecated, please use ${TOPOLOGY_MODE} instead`);
  }
  const ips = spec.externalIPs ?? [];
  const headless = spec.type === 'ClusterIP' && spec.clusterIP === 'None';
  if (headless) warnHeadless(spec, out);
  else warnAddresses(spec.clusterIPs ?? [], SPEC.child('clusterIPs'), out);
  warnAddresses(ips, SPEC.child('externalIPs'), out);
  if (ips.length > 0 && !headless && spec.type !== 'ExternalName') out.push(EXTERNAL_IPS_TEXT);
  if (spec.loadBalancerIP) out.push(...ipWarnings(spec.loadBalancerIP, SPEC.child('loadBalancerIP').toString()));
  for (const [i, range] of entriesOf(spec.loadBalancerSourceRanges)) {
    out.push(...cidrWarnings(range, SPEC.child('loadBalancerSourceRanges').index(i).toString()));
  }
  if (spec.type === 'ExternalName' && ips.length > 0) {
    out.push('spec.externalIPs is ignored when spec.type is "ExternalName"');
  }
  if (spec.type !== 'ExternalName' && spec.externalName) {
    out.push('spec.externalName is ignored when spec.type is not "ExternalName"');
  }
  if (spec.trafficDistribution === 'PreferClose') {
    out.push('spec.trafficDistribution: "PreferClose" is deprecated; use "PreferSameZone"');
  }
  return out;
}

function warnHeadless(spec: CoreV1ServiceSpec, out: string[]): void {
  if (spec.loadBalancerIP) out.push('spec.loadBalancerIP is ignored for headless services');
  if ((spec.externalIPs ?? []).length > 0) out.push('spec.externalIPs is ignored for headless services');
  if (spec.sessionAffinity !== 'None') out.push('spec.SessionAffinity is ignored for headless services');
}

function warnAddresses(ips: readonly string[], at: FieldPath, out: string[]): void {
  for (const [i, ip] of ips.entries()) out.push(...ipWarnings(ip, at.index(i).toString()));
}
