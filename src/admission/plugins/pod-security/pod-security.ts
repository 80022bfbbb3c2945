import { internalError, invalid } from '../../../apimachinery/errors/status-error.js';
import type { ObjectMeta } from '../../../apimachinery/meta/object.js';
import type { FieldError } from '../../../apimachinery/validation/field-error.js';
import type { CoreV1Container, CoreV1Pod } from '../../../apis/types.gen.js';
import type { AdmissionAttributes, AdmissionPlugin } from '../../admission.js';
import type { ObjectLookup } from '../../object-lookup.js';
import { aggregateText, refused } from '../../refusal.js';
import { detailsText, violationsOf } from './evaluate.js';
import { namespaceWarnings } from './namespace-warnings.js';
import {
  compareLevels,
  DEFAULT_POLICY,
  type LevelVersion,
  levelVersionText,
  type Policy,
  policyOf,
  sameLevelVersion,
} from './policy.js';
import { makesPods, type PodLike, podOf } from './workloads.js';

const AUDIT_PREFIX = 'pod-security.kubernetes.io/';
/** What these doors change or ask is not the pod's spec. */
const HARMLESS_SUBRESOURCES = new Set([
  'exec',
  'attach',
  'binding',
  'eviction',
  'log',
  'portforward',
  'proxy',
  'status',
]);

/** Whom the standards do not concern. */
export interface Exemptions {
  readonly usernames: readonly string[];
  readonly namespaces: readonly string[];
  readonly runtimeClasses: readonly string[];
}

export interface PodSecurityConfiguration {
  readonly defaults: Policy;
  readonly exemptions: Exemptions;
}

const CONFIGURATION: PodSecurityConfiguration = {
  defaults: DEFAULT_POLICY,
  exemptions: { usernames: [], namespaces: [], runtimeClasses: [] },
};

interface NamespacePolicy {
  readonly policy: Policy;
  readonly errors: readonly FieldError[];
}

/**
 * The pod security standards, as namespaces ask for them by label.
 * @see https://kubernetes.io/docs/concepts/security/pod-security-admission/
 */
export class PodSecurity implements AdmissionPlugin {
  readonly name = 'PodSecurity';
  /** By namespace object, which is a new one with every change. */
  private readonly policies = new WeakMap<object, NamespacePolicy>();

  constructor(
    private readonly objects: ObjectLookup,
    private readonly configuration: PodSecurityConfiguration = CONFIGURATION,
  ) {}

  handles({ operation, resource: { group, resource }, subresource, namespace }: AdmissionAttributes): boolean {
    if (operation !== 'CREATE' && operation !== 'UPDATE') return false;
    if (group === '' && resource === 'namespaces') return subresource === '';
    const isPod = group === '' && resource === 'pods';
    if (isPod ? HARMLESS_SUBRESOURCES.has(subresource) : subresource !== '' || !makesPods(group, resource))
      return false;
    const known = this.policyOfNamespace(namespace);
    if (known === undefined || known.errors.length > 0) return true;
    const { enforce, audit, warn } = known.policy;
    return audit.level !== 'privileged' || warn.level !== 'privileged' || (isPod && enforce.level !== 'privileged');
  }

  validate(attributes: AdmissionAttributes): void {
    const { group, resource } = attributes.resource;
    if (group === '' && resource === 'namespaces') this.validateNamespace(attributes);
    else this.validatePod(attributes, group === '' && resource === 'pods');
  }

  private policyOfNamespace(name: string): NamespacePolicy | undefined {
    const namespace = this.objects.get('', 'namespaces', '', name);
    if (namespace === undefined) return undefined;
    let known = this.policies.get(namespace);
    if (known === undefined) {
      known = policyOf(namespace.metadata.labels, this.configuration.defaults);
      this.policies.set(namespace, known);
    }
    return known;
  }

  private validateNamespace(attributes: AdmissionAttributes): void {
    const { object, oldObject, kind, name } = attributes;
    const { defaults, exemptions } = this.configuration;
    const { policy, errors } = policyOf(object!.metadata.labels, defaults);
    const before = oldObject && policyOf(oldObject.metadata.labels, defaults);
    if (errors.length > 0 && (before === undefined || textsOf(errors) !== textsOf(before.errors))) {
      throw invalid(kind, name, errors);
    }
    if (before === undefined || !becomesStricter(policy.enforce, before.policy.enforce)) return;
    if (exemptions.namespaces.includes(name)) {
      attributes.annotate(`${AUDIT_PREFIX}exempt`, 'namespace');
      return;
    }
    const pods = this.objects
      .list<CoreV1Pod>('', 'pods', name)
      .filter(({ spec }) => !this.isExemptClass(spec?.runtimeClassName));
    for (const text of namespaceWarnings(name, pods, policy.enforce)) attributes.warn(text);
  }

  private validatePod(attributes: AdmissionAttributes, isPod: boolean): void {
    const { namespace, object, oldObject, operation, resource } = attributes;
    const pod = object && podOf(resource.group, resource.resource, object);
    if (pod === undefined) return;
    const exemption = this.exemptionOf(attributes, pod);
    if (exemption !== undefined) {
      attributes.annotate(`${AUDIT_PREFIX}exempt`, exemption);
      return;
    }
    const known = this.policyOfNamespace(namespace);
    if (known === undefined) throw internalError(`failed to lookup namespace ${namespace}`);
    if (isPod && operation === 'UPDATE' && !isSignificant(object as CoreV1Pod, oldObject as CoreV1Pod)) return;
    if (known.errors.length > 0) {
      attributes.annotate(`${AUDIT_PREFIX}error`, `Failed to parse policy: ${textsOf(known.errors)}`);
    }
    this.apply(attributes, known.policy, pod, isPod);
  }

  /** What is refused is not warned of as well. */
  private apply(attributes: AdmissionAttributes, { enforce, audit, warn }: Policy, pod: PodLike, isPod: boolean): void {
    const wouldViolate = complaintOf(audit, pod);
    if (wouldViolate !== undefined) attributes.annotate(`${AUDIT_PREFIX}audit-violations`, `would ${wouldViolate}`);
    if (isPod) {
      attributes.annotate(`${AUDIT_PREFIX}enforce-policy`, levelVersionText(enforce));
      const violations = violationsOf(enforce, pod.spec, pod.metadata);
      if (violations.length > 0) {
        const text = `violates PodSecurity "${levelVersionText(enforce)}": ${detailsText(violations)}`;
        throw refused(attributes, text);
      }
    }
    const warned = complaintOf(warn, pod);
    if (warned !== undefined) attributes.warn(`would ${warned}`);
  }

  private exemptionOf({ namespace, user }: AdmissionAttributes, { spec }: PodLike): string | undefined {
    const { namespaces, usernames } = this.configuration.exemptions;
    if (namespaces.includes(namespace)) return 'namespace';
    if (usernames.includes(user.name)) return 'user';
    return this.isExemptClass(spec.runtimeClassName) ? 'runtimeClass' : undefined;
  }

  private isExemptClass(name: string | undefined): boolean {
    return name !== undefined && this.configuration.exemptions.runtimeClasses.includes(name);
  }
}

function textsOf(errors: readonly FieldError[]): string {
  return aggregateText(errors.map(({ field, message }) => `${field}: ${message}`));
}

function complaintOf(policy: LevelVersion, { spec, metadata }: PodLike): string | undefined {
  const violations = violationsOf(policy, spec, metadata);
  if (violations.length === 0) return undefined;
  return `violate PodSecurity "${levelVersionText(policy)}": ${detailsText(violations)}`;
}

/** Whether pods that were allowed may not be any more. */
function becomesStricter(now: LevelVersion, before: LevelVersion): boolean {
  if (now.level === 'privileged' || sameLevelVersion(now, before)) return false;
  return now.minor !== before.minor || compareLevels(now.level, before.level) > 0;
}

/** Of what an update of a pod can change, images and seccomp annotations matter. */
function isSignificant(pod: CoreV1Pod, old: CoreV1Pod): boolean {
  const annotation = ({ metadata }: { metadata: Readonly<ObjectMeta> }, key: string): string | undefined =>
    metadata.annotations?.[key];
  const differs = (key: string): boolean => annotation(pod, key) !== annotation(old, key);
  if (differs('seccomp.security.alpha.kubernetes.io/pod')) return true;
  const changed = (now: readonly CoreV1Container[], before: readonly CoreV1Container[]): boolean =>
    now.some(({ name, image }) => {
      const same = before.find((container) => container.name === name);
      return same?.image !== image || differs(`container.seccomp.security.alpha.kubernetes.io/${name}`);
    });
  const { containers, initContainers = [], ephemeralContainers = [] } = pod.spec ?? { containers: null };
  const was: CoreV1Pod['spec'] = old.spec ?? { containers: null };
  return (
    (containers ?? []).length !== (was.containers ?? []).length ||
    initContainers.length !== (was.initContainers ?? []).length ||
    changed(containers ?? [], was.containers ?? []) ||
    changed(initContainers, was.initContainers ?? []) ||
    changed(ephemeralContainers, was.ephemeralContainers ?? [])
  );
}
