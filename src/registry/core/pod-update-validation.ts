import { type JsonObject, type JsonValue, jsonClone, jsonEqual } from '../../apimachinery/meta/json.js';
import { entriesOf } from '../../apimachinery/validation/entries-of.js';
import { type Errors, validateInRange } from '../../apimachinery/validation/field-checks.js';
import { type FieldError, FieldPath, fieldForbidden, fieldInvalid } from '../../apimachinery/validation/field-error.js';
import type { CoreV1Container, CoreV1Pod, CoreV1PodSpec, CoreV1Toleration } from '../../apis/types.gen.js';
import { jsonDiff } from '../generic/unified-diff.js';
import { validateTolerations } from './affinity-validation.js';
import { validateImageText } from './pod-spec-validation.js';
import { MIRROR_ANNOTATION, type PodContext } from './pod-validation-options.js';

/** What may change in a pod that exists, through which door. */

const SPEC = FieldPath.root('spec');
const UPDATABLE =
  'pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,' +
  '`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),' +
  '`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)\n';

/** @see https://kubernetes.io/docs/concepts/workloads/pods/#pod-update-and-replacement */
export function validatePodUpdate(pod: CoreV1Pod, old: CoreV1Pod, context: PodContext, errors: Errors): void {
  const spec = specOf(pod);
  const before = specOf(old);
  if (!sameContainers(spec.containers, before.containers, SPEC.child('containers'), errors)) return;
  if (!sameContainers(spec.initContainers, before.initContainers, SPEC.child('initContainers'), errors)) return;
  if (!validateDeadline(spec.activeDeadlineSeconds, before.activeDeadlineSeconds, errors)) return;
  validateAddedTolerations(spec.tolerations ?? [], before.tolerations ?? [], errors);
  validateRemovedGates(spec, before, errors);
  if (jsonEqual(spec, before)) return;
  const munged = jsonClone(spec);
  for (const list of ['containers', 'initContainers'] as const) {
    for (const [i, container] of entriesOf(munged[list])) keep(container, before[list]![i]!, 'image');
  }
  keep(munged, before, 'activeDeadlineSeconds');
  keep(munged, before, 'schedulingGates');
  keep(munged, before, 'tolerations');
  if ((before.terminationGracePeriodSeconds ?? 0) < 0 && munged.terminationGracePeriodSeconds === 1) {
    keep(munged, before, 'terminationGracePeriodSeconds');
  }
  if ((before.schedulingGates ?? []).length > 0) validateGatedChanges(munged, before, errors);
  if (jsonEqual(munged, before)) return;
  const diff = jsonDiff(context.internal('core.v1.PodSpec', before), context.internal('core.v1.PodSpec', munged));
  errors.push(fieldForbidden(SPEC, UPDATABLE + diff));
}

export const specOf = (pod: CoreV1Pod): CoreV1PodSpec => pod.spec ?? { containers: [] };

type Fields = Record<string, JsonValue | undefined>;

/** Takes one field over from another object of the same type. */
function keep(into: Fields, from: Fields, name: string): void {
  if (from[name] === undefined) delete into[name];
  else into[name] = from[name];
}

function sameContainers(
  now: readonly CoreV1Container[] | null | undefined,
  before: readonly CoreV1Container[] | null | undefined,
  at: FieldPath,
  errors: Errors,
): boolean {
  if ((now ?? []).length === (before ?? []).length) return true;
  errors.push(fieldForbidden(at, 'pod updates may not add or remove containers'));
  return false;
}

function validateDeadline(now: number | undefined, before: number | undefined, errors: Errors): boolean {
  const at = SPEC.child('activeDeadlineSeconds');
  if (now === undefined) {
    if (before !== undefined)
      errors.push(fieldInvalid(at, null, 'must not update from a positive integer to nil value'));
    return true;
  }
  const count = errors.length;
  validateInRange(now, 0, 2_147_483_647, at, errors);
  if (errors.length === count && before !== undefined && before < now) {
    errors.push(fieldInvalid(at, now, 'must be less than or equal to previous value'));
  }
  return errors.length === count;
}

/** Every old toleration must still be there, but for its seconds. */
function validateAddedTolerations(now: CoreV1Toleration[], before: CoreV1Toleration[], errors: Errors): void {
  const bare = ({ tolerationSeconds: _s, ...rest }: CoreV1Toleration): JsonValue => rest as JsonValue;
  for (const old of before) {
    if (now.some((toleration) => jsonEqual(bare(toleration), bare(old)))) continue;
    const text = 'existing toleration can not be modified except its tolerationSeconds';
    errors.push(fieldForbidden(SPEC.child('tolerations'), text));
    return;
  }
  validateTolerations(now, SPEC.child('tolerations'), errors);
}

function validateRemovedGates(now: CoreV1PodSpec, before: CoreV1PodSpec, errors: Errors): void {
  const known = new Set((before.schedulingGates ?? []).map(({ name }) => name));
  for (const [i, { name }] of entriesOf(now.schedulingGates)) {
    if (known.has(name)) continue;
    const at = SPEC.child('schedulingGates').index(i).child('name');
    errors.push(fieldForbidden(at, `only deletion is allowed, but found new scheduling gate '${name}'`));
  }
}

/** While a gate holds the pod back, node selector and required node affinity may grow narrower. Accepted changes are undone. */
function validateGatedChanges(munged: CoreV1PodSpec, before: CoreV1PodSpec, errors: Errors): void {
  if (!jsonEqual(munged.nodeSelector ?? {}, before.nodeSelector ?? {})) {
    const kept = Object.entries(before.nodeSelector ?? {}).every(
      ([key, value]) => munged.nodeSelector?.[key] === value,
    );
    if (!kept) {
      const text = 'only additions to spec.nodeSelector are allowed (no mutations or deletions)';
      errors.push(fieldInvalid(SPEC.child('nodeSelector'), munged.nodeSelector ?? null, text));
    }
    keep(munged, before, 'nodeSelector');
  }
  const affinity = munged.affinity?.nodeAffinity;
  const old = before.affinity?.nodeAffinity;
  if (jsonEqual(affinity, old)) return;
  validateNodeAffinityChange(requiredTerms(munged), requiredTerms(before), errors);
  const rest = { ...munged.affinity };
  keep(rest, before.affinity ?? {}, 'nodeAffinity');
  if (Object.keys(rest).length === 0 && before.affinity === undefined) delete munged.affinity;
  else munged.affinity = rest;
}

const TERMS = SPEC.child(
  'affinity',
  'nodeAffinity',
  'requiredDuringSchedulingIgnoredDuringExecution',
  'nodeSelectorTerms',
);

/** Terms that were there may get further requirements; there may be no more and no fewer of them. */
function validateNodeAffinityChange(now: Fields[], before: Fields[], errors: Errors): void {
  if (before.length === 0) return;
  if (now.length !== before.length) {
    const text = 'no additions/deletions to non-empty NodeSelectorTerms list are allowed';
    errors.push(fieldInvalid(TERMS, now.length === 0 ? null : now.map(shownTerm), text));
    return;
  }
  for (const [i, term] of before.entries()) {
    if (extendsTerm(now[i]!, term)) continue;
    const text = 'only additions are allowed (no mutations or deletions)';
    errors.push(fieldInvalid(TERMS.index(i), shownTerm(now[i]!), text));
  }
}

/** A term as Go's JSON has it. */
function shownTerm({ matchExpressions, matchFields }: Fields): JsonObject {
  const shown = (list: JsonValue | undefined) =>
    Array.isArray(list)
      ? (list as Fields[]).map(({ key, operator, values }) => ({
          Key: key ?? '',
          Operator: operator ?? '',
          Values: values ?? null,
        }))
      : null;
  return { MatchExpressions: shown(matchExpressions), MatchFields: shown(matchFields) };
}

function requiredTerms(spec: CoreV1PodSpec): Fields[] {
  return spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? [];
}

/** Whether a term begins with the requirements of another. One without any chooses nothing and must stay so. */
function extendsTerm(term: Fields, old: Fields): boolean {
  const lists = ['matchExpressions', 'matchFields'].map((name) => ({
    now: (term[name] ?? []) as JsonValue[],
    before: (old[name] ?? []) as JsonValue[],
  }));
  if (lists.every(({ before }) => before.length === 0)) return lists.every(({ now }) => now.length === 0);
  return lists.every(({ now, before }) => jsonEqual(now.slice(0, before.length), before));
}

/** Ephemeral containers may be added; those that are there stay as they are. Returns every fault. */
export function validateEphemeralUpdate(
  pod: CoreV1Pod,
  old: CoreV1Pod,
  context: PodContext,
  errors: FieldError[],
): FieldError[] {
  if (isMirror(old)) return [fieldForbidden('[]', 'static pods do not support ephemeral containers')];
  const at = SPEC.child('ephemeralContainers');
  const now = new Map((specOf(pod).ephemeralContainers ?? []).map((container) => [container.name, container]));
  for (const before of specOf(old).ephemeralContainers ?? []) {
    const container = now.get(before.name);
    const named = `existing ephemeral containers ${JSON.stringify(before.name)} may not be`;
    if (container === undefined) {
      errors.push(fieldForbidden(at, `${named} removed\n`));
    } else if (!jsonEqual(container, before)) {
      const show = (value: JsonValue): JsonValue => context.internal('core.v1.EphemeralContainer', value);
      errors.push(fieldForbidden(at, `${named} changed\n${jsonDiff(show(before), show(container))}`));
    }
  }
  return errors;
}

export const isMirror = (pod: CoreV1Pod): boolean => pod.metadata.annotations?.[MIRROR_ANNOTATION] !== undefined;

/** What an update of a pod may leave out but a create may not. */
export function validateImages(spec: CoreV1PodSpec, errors: Errors): void {
  for (const list of ['containers', 'initContainers'] as const) {
    for (const [i, { image }] of entriesOf(spec[list])) {
      validateImageText(image, SPEC.child(list).index(i).child('image'), errors);
    }
  }
}
