import { jsonEqual } from '../../apimachinery/meta/json.js';
import type { KubeObject } from '../../apimachinery/meta/object.js';
import { entriesOf } from '../../apimachinery/validation/entries-of.js';
import {
  type Errors,
  intOrPercentValue,
  validateChecked,
  validateIntOrPercent,
  validateNonNegative,
  validatePercentAtMost100,
} from '../../apimachinery/validation/field-checks.js';
import {
  type FieldError,
  FieldPath,
  fieldForbidden,
  fieldInvalid,
  fieldNotSupportedAsListed,
  fieldRequired,
} from '../../apimachinery/validation/field-error.js';
import { checkDns1123Label, dns1123Label } from '../../apimachinery/validation/names.js';
import { IMMUTABLE_TEXT } from '../../apimachinery/validation/object-meta.js';
import type {
  AppsV1StatefulSet,
  AppsV1StatefulSetSpec,
  CoreV1PodSpec,
  CoreV1PodTemplateSpec,
} from '../../apis/types.gen.js';
import { podContext } from '../core/pod.strategy.js';
import { defaultPodTemplate } from '../core/pod-defaults.js';
import type { PodContext } from '../core/pod-validation-options.js';
import { warnClaimAmounts } from '../core/pod-warnings.js';
import { validateClaimSpec } from '../core/volume-claim-validation.js';
import { type KindTraits, StatusStrategy } from '../generic/generic-strategy.js';
import { embeddedMeta, shownSelector } from '../generic/internal-form.js';
import { scaleSubresource } from '../generic/scale.js';
import {
  countOf,
  hasSoundSelector,
  TemplateStrategy,
  validateAlwaysRestarts,
  validateAtMost,
  validateCounts,
  validateSelectedTemplate,
  validateWorkloadSelector,
} from '../generic/template-workload.js';
import type { KindPolicy } from '../kind-policy.js';
import type { RestContext } from '../rest/context.js';

const TRAITS: KindTraits = {
  kind: { group: 'apps', version: 'v1', kind: 'StatefulSet' },
  namespaced: true,
  hasStatus: true,
  generation: 'spec',
  nameRule: dns1123Label,
};
const SPEC = FieldPath.root('spec');
const STATUS = FieldPath.root('status');

function setDefaults(object: KubeObject): void {
  const workload = object as AppsV1StatefulSet;
  workload.spec ??= {} as AppsV1StatefulSetSpec;
  const { spec } = workload;
  spec.podManagementPolicy ||= 'OrderedReady';
  spec.updateStrategy ??= {};
  const { updateStrategy } = spec;
  if (!updateStrategy.type) {
    updateStrategy.type = 'RollingUpdate';
    updateStrategy.rollingUpdate ??= {};
  }
  if (updateStrategy.type === 'RollingUpdate' && updateStrategy.rollingUpdate) {
    updateStrategy.rollingUpdate.partition ??= 0;
    updateStrategy.rollingUpdate.maxUnavailable ??= 1;
  }
  spec.persistentVolumeClaimRetentionPolicy ??= {};
  spec.persistentVolumeClaimRetentionPolicy.whenDeleted ||= 'Retain';
  spec.persistentVolumeClaimRetentionPolicy.whenScaled ||= 'Retain';
  spec.replicas ??= 1;
  spec.revisionHistoryLimit ??= 10;
  for (const claim of spec.volumeClaimTemplates ?? []) {
    claim.apiVersion = 'v1';
    claim.kind = 'PersistentVolumeClaim';
    claim.spec ??= {};
    claim.spec.volumeMode ??= 'Filesystem';
    claim.status ??= {};
    claim.status.phase ||= 'Pending';
  }
  defaultPodTemplate(spec);
}

const specOf = (object: Readonly<KubeObject>): AppsV1StatefulSetSpec =>
  (object as AppsV1StatefulSet).spec ?? ({} as AppsV1StatefulSetSpec);

/** Fields of the spec that an update may change. */
const MUTABLE = new Set([
  'replicas',
  'ordinals',
  'template',
  'updateStrategy',
  'revisionHistoryLimit',
  'persistentVolumeClaimRetentionPolicy',
  'minReadySeconds',
]);

/** @see https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/ */
class StatefulSetStrategy extends TemplateStrategy {
  constructor(private readonly context: PodContext) {
    super(TRAITS);
  }

  override validateCreate(_ctx: RestContext, object: Readonly<KubeObject>): FieldError[] {
    return this.validateSpec(specOf(object), true);
  }

  /** Fields that never change are judged at the creation alone. */
  private validateSpec(spec: AppsV1StatefulSetSpec, created: boolean): FieldError[] {
    const errors: FieldError[] = [];
    validatePolicies(spec, errors);
    if (created) {
      for (const [i, claim] of entriesOf(spec.volumeClaimTemplates)) {
        validateClaimSpec(claim.spec ?? {}, SPEC.child('volumeClaimTemplates').index(i).child('spec'), errors);
      }
    }
    validateNonNegative(spec.replicas, SPEC.child('replicas'), errors);
    validateNonNegative(spec.minReadySeconds, SPEC.child('minReadySeconds'), errors);
    if (spec.ordinals) validateNonNegative(spec.ordinals.start, SPEC.child('ordinals', 'start'), errors);
    if (created && spec.serviceName)
      validateChecked(spec.serviceName, checkDns1123Label, SPEC.child('serviceName'), errors);
    validateWorkloadSelector(spec.selector, 'statefulset', SPEC.child('selector'), errors);
    const at = SPEC.child('template');
    if (spec.selector && !hasSoundSelector(spec.selector)) {
      errors.push(fieldInvalid(SPEC.child('selector'), shownSelector(spec.selector), ''));
    } else validateSelectedTemplate(asInPods(spec), spec.selector, this.context, at, errors);
    validateAlwaysRestarts(spec.template ?? {}, 'StatefulSet', at, errors);
    return errors;
  }

  override validateUpdate(_ctx: RestContext, object: Readonly<KubeObject>, old: Readonly<KubeObject>): FieldError[] {
    const spec = specOf(object);
    const errors = this.validateSpec(spec, false);
    const before = specOf(old);
    const fields = ['selector', 'volumeClaimTemplates', 'serviceName', 'podManagementPolicy'];
    for (const name of fields) {
      const shown = this.shown(name, spec);
      if (!jsonEqual(spec[name], before[name]))
        errors.push(fieldInvalid(SPEC.child(name), shown ?? null, IMMUTABLE_TEXT));
    }
    const others = Object.keys({ ...spec, ...before }).filter((name) => !MUTABLE.has(name) && !fields.includes(name));
    if (others.some((name) => !jsonEqual(spec[name], before[name]))) {
      const text =
        "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden";
      errors.push(fieldForbidden(SPEC, text));
    }
    return errors;
  }

  override warningsOnCreate(ctx: RestContext, object: Readonly<KubeObject>): string[] {
    return [...super.warningsOnCreate(ctx, object), ...setWarnings(specOf(object))];
  }

  override warningsOnUpdate(ctx: RestContext, object: Readonly<KubeObject>, old: Readonly<KubeObject>): string[] {
    const changed = object.metadata.generation !== old.metadata.generation;
    return changed ? this.warningsOnCreate(ctx, object) : setWarnings(specOf(object));
  }

  private shown(name: string, spec: AppsV1StatefulSetSpec) {
    if (name === 'selector') return shownSelector(spec.selector);
    if (name !== 'volumeClaimTemplates') return spec[name];
    return spec.volumeClaimTemplates?.map(({ metadata, spec: claim, status }) => ({
      ...embeddedMeta(metadata),
      Spec: this.context.internal('core.v1.PersistentVolumeClaimSpec', claim ?? {}),
      Status: this.context.internal('core.v1.PersistentVolumeClaimStatus', status ?? {}),
    }));
  }
}

function setWarnings({ volumeClaimTemplates = [], revisionHistoryLimit = 0 }: AppsV1StatefulSetSpec): string[] {
  const out: string[] = [];
  for (const [i, { spec }] of volumeClaimTemplates.entries()) {
    if (spec) warnClaimAmounts(spec, SPEC.child('volumeClaimTemplates').index(i), out);
  }
  if (revisionHistoryLimit < 0) {
    const text = 'a negative value retains all historical revisions; a value >= 0 is recommended';
    out.push(`${SPEC.child('revisionHistoryLimit')}: ${text}`);
  }
  return out;
}

/** The template as its pods will have it: with the claims for volumes, and without names that each pod gets anew. */
function asInPods(spec: AppsV1StatefulSetSpec): CoreV1PodTemplateSpec {
  const template = spec.template ?? {};
  const { hostname: _h, subdomain: _s, ...pod }: CoreV1PodSpec = { containers: null, ...template.spec };
  const names = new Set((spec.volumeClaimTemplates ?? []).map(({ metadata }) => metadata?.name ?? ''));
  const claims = [...names].map((name) => ({ name, persistentVolumeClaim: { claimName: name } }));
  if (claims.length > 0)
    pod['volumes'] = [...claims, ...(template.spec?.volumes ?? []).filter(({ name }) => !names.has(name))];
  return { ...template, spec: pod as CoreV1PodSpec };
}

function validatePolicies(spec: AppsV1StatefulSetSpec, errors: Errors): void {
  const policy = spec.podManagementPolicy ?? '';
  if (policy === '') errors.push(fieldRequired(SPEC.child('podManagementPolicy')));
  else if (policy !== 'OrderedReady' && policy !== 'Parallel') {
    errors.push(fieldInvalid(SPEC.child('podManagementPolicy'), policy, "must be 'OrderedReady' or 'Parallel'"));
  }
  validateStrategy(spec, errors);
  for (const name of ['whenDeleted', 'whenScaled'] as const) {
    const retention = spec.persistentVolumeClaimRetentionPolicy?.[name] ?? '';
    if (retention !== 'Retain' && retention !== 'Delete') {
      const at = SPEC.child('persistentVolumeClaimRetentionPolicy', name);
      errors.push(fieldNotSupportedAsListed(at, retention, ['Retain', 'Delete']));
    }
  }
}

function validateStrategy(spec: AppsV1StatefulSetSpec, errors: Errors): void {
  const at = SPEC.child('updateStrategy');
  const { type = '', rollingUpdate } = spec.updateStrategy ?? {};
  const shown = rollingUpdate
    ? { Partition: rollingUpdate.partition ?? 0, MaxUnavailable: rollingUpdate.maxUnavailable ?? null }
    : null;
  if (type === '') {
    errors.push(fieldRequired(at));
  } else if (type === 'OnDelete') {
    if (shown)
      errors.push(fieldInvalid(at.child('rollingUpdate'), shown, "only allowed for updateStrategy 'RollingUpdate'"));
  } else if (type === 'RollingUpdate') {
    if (!rollingUpdate) return;
    const here = at.child('rollingUpdate');
    validateNonNegative(rollingUpdate.partition, here.child('partition'), errors);
    const { maxUnavailable } = rollingUpdate;
    if (maxUnavailable === undefined) return;
    validateIntOrPercent(maxUnavailable, here.child('maxUnavailable'), errors);
    if (intOrPercentValue(maxUnavailable) === 0) {
      errors.push(fieldInvalid(here.child('maxUnavailable'), maxUnavailable, 'cannot be 0'));
    }
    validatePercentAtMost100(maxUnavailable, here.child('maxUnavailable'), errors);
  } else {
    errors.push(fieldInvalid(at, { Type: type, RollingUpdate: shown }, "must be 'RollingUpdate' or 'OnDelete'"));
  }
}

class StatefulSetStatusStrategy extends StatusStrategy {
  override validateUpdate(_ctx: RestContext, object: Readonly<KubeObject>, old: Readonly<KubeObject>): FieldError[] {
    const errors: FieldError[] = [];
    const status = (object as AppsV1StatefulSet).status ?? { replicas: 0 };
    const before = (old as AppsV1StatefulSet).status ?? { replicas: 0 };
    const parts = ['readyReplicas', 'currentReplicas', 'updatedReplicas', 'availableReplicas'];
    validateCounts(status, ['replicas', ...parts, 'observedGeneration', 'collisionCount'], STATUS, errors);
    validateAtMost(status, parts, 'replicas', 'status.replicas', STATUS, errors);
    validateAtMost(status, ['availableReplicas'], 'readyReplicas', 'status.readyReplicas', STATUS, errors);
    if (before.collisionCount !== undefined && countOf(status, 'collisionCount') < before.collisionCount) {
      errors.push(
        fieldInvalid(STATUS.child('collisionCount'), countOf(status, 'collisionCount'), 'cannot be decremented'),
      );
    }
    return errors;
  }
}

export const statefulSetPolicy: KindPolicy = {
  group: 'apps',
  resource: 'statefulsets',
  strategy: (environment) => new StatefulSetStrategy(podContext(environment)),
  statusStrategy: (main) => new StatefulSetStatusStrategy(main, TRAITS),
  defaults: { v1: setDefaults },
  subresources: (store, environment) => [scaleSubresource(store, environment)],
};
