import { jsonEqual } from '../../apimachinery/meta/json.js';
import type { KubeObject } from '../../apimachinery/meta/object.js';
import { entriesOf } from '../../apimachinery/validation/entries-of.js';
import { type Errors, POSITIVE_TEXT, validateChecked } from '../../apimachinery/validation/field-checks.js';
import {
  type FieldError,
  FieldPath,
  fieldDuplicate,
  fieldForbidden,
  fieldInternal,
  fieldInvalid,
} from '../../apimachinery/validation/field-error.js';
import { checkStrictCidr, cidrWarnings, looseCidr } from '../../apimachinery/validation/ip-strict.js';
import { checkLabelValue, validateQualifiedName } from '../../apimachinery/validation/qualified-name.js';
import type { CoreV1Node, CoreV1NodeStatus, CoreV1Taint } from '../../apis/types.gen.js';
import { dropFields, gatedFields } from '../generic/gated-fields.js';
import { copyField, GenericStrategy, type KindTraits, StatusStrategy } from '../generic/generic-strategy.js';
import { validateResourceQuantity } from '../generic/resource-names.js';
import type { KindPolicy } from '../kind-policy.js';
import type { RestContext } from '../rest/context.js';
import { validateTaintEffect } from './affinity-validation.js';
import { nodeConnections } from './connections/node-connections.js';

const TRAITS: KindTraits = { kind: { group: '', version: 'v1', kind: 'Node' }, namespaced: false, hasStatus: true };
const SPEC = FieldPath.root('spec');
const STATUS = FieldPath.root('status');
const SPEC_GATES = gatedFields({ InPlacePodVerticalScalingSchedulerPreemption: ['podPreemptionPolicy'] });

/** podCIDR and podCIDRs tell the same; capacity is allocatable unless said otherwise. */
function setDefaults(object: KubeObject): void {
  const { spec, status } = object as CoreV1Node;
  // Where they differ, the older field is what an older client has changed.
  if (spec?.podCIDR && spec.podCIDRs?.[0] !== spec.podCIDR) spec.podCIDRs = [spec.podCIDR];
  if (spec && !spec.podCIDR && spec.podCIDRs?.[0]) spec.podCIDR = spec.podCIDRs[0];
  if (status?.capacity && !status.allocatable) status.allocatable = { ...status.capacity };
}

/** @see https://kubernetes.io/docs/concepts/architecture/nodes/ */
class NodeStrategy extends GenericStrategy {
  constructor() {
    super(TRAITS);
  }

  /** A kubelet registers itself together with its status. */
  override prepareForCreate(_ctx: RestContext, object: KubeObject): void {
    const { spec, status } = object as CoreV1Node;
    delete spec?.configSource;
    delete status?.config;
    if (spec) dropFields(spec, undefined, SPEC_GATES);
  }

  override prepareForUpdate(_ctx: RestContext, object: KubeObject, old: Readonly<KubeObject>): void {
    copyField(object, old, 'status');
    const { spec } = object as CoreV1Node;
    const before = (old as CoreV1Node).spec;
    if (!before?.configSource) delete spec?.configSource;
    if (spec) dropFields(spec, before, SPEC_GATES);
  }

  override validateCreate(_ctx: RestContext, object: Readonly<KubeObject>): FieldError[] {
    const errors: FieldError[] = [];
    const { spec = {}, status = {} } = object as CoreV1Node;
    validateTaints(spec.taints ?? [], FieldPath.root('metadata', 'taints'), errors);
    validateAmounts(status, errors);
    validateDeclaredFeatures(status.declaredFeatures ?? [], errors);
    const swap = status.nodeInfo?.swap?.capacity;
    if (swap !== undefined && swap <= 0) {
      errors.push(fieldInvalid(FieldPath.root('metadata', 'nodeSwapStatus', 'capacity'), swap, POSITIVE_TEXT));
    }
    for (const [i, cidr] of entriesOf(spec.podCIDRs)) {
      validateChecked(cidr, checkStrictCidr, SPEC.child('podCIDRs').index(i), errors);
    }
    validateCidrFamilies(spec.podCIDRs ?? [], errors);
    return errors;
  }

  override validateUpdate(ctx: RestContext, object: Readonly<KubeObject>, old: Readonly<KubeObject>): FieldError[] {
    const errors = this.validateCreate(ctx, object);
    validateNodeUpdate(object as CoreV1Node, old as CoreV1Node, errors);
    return errors;
  }

  override warningsOnCreate(_ctx: RestContext, object: Readonly<KubeObject>): string[] {
    const { spec = {} } = object as CoreV1Node;
    const out: string[] = [];
    if (spec.configSource) out.push(`${SPEC.child('configSource')}: the feature is removed`);
    if (spec.externalID) {
      out.push(`${SPEC.child('externalID')}: this field is deprecated, and is unused by Kubernetes`);
    }
    for (const [i, cidr] of entriesOf(spec.podCIDRs)) {
      out.push(...cidrWarnings(cidr, SPEC.child('podCIDRs').index(i).toString()));
    }
    return out;
  }

  override warningsOnUpdate(ctx: RestContext, object: Readonly<KubeObject>): string[] {
    return this.warningsOnCreate(ctx, object);
  }

  override selectableFields(object: Readonly<KubeObject>): Record<string, string> {
    return { 'spec.unschedulable': String((object as CoreV1Node).spec?.unschedulable ?? false) };
  }
}

function validateAmounts(status: CoreV1NodeStatus, errors: Errors): void {
  for (const list of ['capacity', 'allocatable'] as const) {
    for (const [name, quantity] of Object.entries(status[list] ?? {})) {
      validateResourceQuantity(name, quantity, STATUS.child(list, name), errors);
    }
  }
}

const FEATURE_BYTES_MAX = 253;
const FEATURE = /^[A-Z][a-zA-Z0-9]*(\/[a-zA-Z][a-zA-Z0-9]*)*$/;
const FEATURE_TEXT =
  "must start with an UpperCamelCase segment, with subsequent segments separated by '/' (e.g., MyFeature or MyFeature/mySubFeature), and contain only alphanumeric characters and slashes";

/** Features that the node's kubelet has: well named, in order, each once. @see https://kep.k8s.io/5328 */
function validateDeclaredFeatures(features: readonly string[], errors: Errors): void {
  const at = STATUS.child('declaredFeatures');
  for (const [i, feature] of features.entries()) {
    const named = `invalid feature name ${JSON.stringify(feature)}`;
    if (Buffer.byteLength(feature) > FEATURE_BYTES_MAX) {
      errors.push(fieldInvalid(at.index(i), feature, `${named}: must be no more than ${FEATURE_BYTES_MAX} characters`));
    } else if (!FEATURE.test(feature)) errors.push(fieldInvalid(at.index(i), feature, `${named}: ${FEATURE_TEXT}`));
    const next = features[i + 1];
    if (next === undefined || feature < next) continue;
    if (feature === next) errors.push(fieldDuplicate(at.index(i + 1), next));
    else errors.push(fieldInvalid(at.index(i + 1), next, 'list must be sorted alphabetically'));
  }
}

/** What may not change, through either door. */
function validateNodeUpdate(node: CoreV1Node, old: CoreV1Node, errors: Errors): void {
  const { spec = {}, status = {} } = node;
  const before = old.spec ?? {};
  validateAmounts(status, errors);
  validateDeclaredFeatures(status.declaredFeatures ?? [], errors);
  const seen = new Set<string>();
  for (const [i, { type, address }] of entriesOf(status.addresses)) {
    const pair = `${type}/${address}`;
    const at = STATUS.child('addresses').index(i);
    if (seen.has(pair)) errors.push(fieldDuplicate(at, { Type: type, Address: address }));
    seen.add(pair);
  }
  if ((before.podCIDRs ?? []).length > 0 && !jsonEqual(spec.podCIDRs ?? [], before.podCIDRs)) {
    const text = 'node updates may not change podCIDR except from "" to valid';
    errors.push(fieldForbidden(SPEC.child('podCIDRs'), text));
  }
  if (before.providerID && spec.providerID !== before.providerID) {
    const done = spec.providerID ? 'modified' : 'cleared';
    errors.push(fieldInvalid(SPEC.child('providerID'), null, `field cannot be ${done} once set`));
  }
  validateTaints(spec.taints ?? [], FieldPath.root('metadata', 'taints'), errors);
  if ((spec.externalID ?? '') !== (before.externalID ?? '')) {
    errors.push(fieldForbidden(SPEC.child('externalID'), 'may not be updated'));
  }
}

/** One range of addresses, or one of each family. */
function validateCidrFamilies(cidrs: readonly string[], errors: Errors): void {
  if (cidrs.length < 2) return;
  const families = cidrs.map((cidr) => looseCidr(cidr)?.family);
  const at = SPEC.child('podCIDRs');
  const bad = cidrs[families.indexOf(undefined)];
  if (bad !== undefined) {
    const text = `invalid PodCIDRs. failed to check with dual stack with error:invalid CIDR address: ${bad}`;
    errors.push(fieldInternal(at, text));
  }
  if (bad !== undefined || cidrs.length > 2 || families[0] === families[1]) {
    errors.push(fieldInvalid(at, [...cidrs], 'may specify no more than one CIDR for each IP family'));
  }
}

function validateTaints(taints: readonly CoreV1Taint[], at: FieldPath, errors: Errors): void {
  const seen = new Set<string>();
  for (const [i, { key = '', value = '', effect = '', timeAdded }] of taints.entries()) {
    const here = at.index(i);
    validateQualifiedName(key, here.child('key'), errors);
    const faults = checkLabelValue(value);
    if (faults.length > 0) errors.push(fieldInvalid(here.child('value'), value, faults.join(';')));
    validateTaintEffect(effect, here.child('effect'), errors);
    const pair = `${effect}/${key}`;
    if (seen.has(pair)) {
      const shown = { Key: key, Value: value, Effect: effect, TimeAdded: timeAdded ?? null };
      const fault = fieldDuplicate(here, shown);
      errors.push({ ...fault, message: `${fault.message}: taints must be unique by key and effect pair` });
    }
    seen.add(pair);
  }
}

class NodeStatusStrategy extends StatusStrategy {
  override prepareForUpdate(ctx: RestContext, object: KubeObject, old: Readonly<KubeObject>): void {
    super.prepareForUpdate(ctx, object, old);
    if (!(old as CoreV1Node).status?.config) delete (object as CoreV1Node).status?.config;
  }

  override validateUpdate(_ctx: RestContext, object: Readonly<KubeObject>, old: Readonly<KubeObject>): FieldError[] {
    const errors: FieldError[] = [];
    validateNodeUpdate(object as CoreV1Node, old as CoreV1Node, errors);
    return errors;
  }
}

export const nodePolicy: KindPolicy = {
  group: '',
  resource: 'nodes',
  strategy: () => new NodeStrategy(),
  statusStrategy: (main) => new NodeStatusStrategy(main, TRAITS),
  defaults: { v1: setDefaults },
  subresources: (_store, environment) => nodeConnections(environment),
};
