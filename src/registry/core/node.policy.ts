import { jsonEqual } from '../../apimachinery/meta/json.js';
import type { KubeObject } from '../../apimachinery/meta/object.js';
import { nanosOf } from '../../apimachinery/runtime/quantity.js';
import { type Errors, NON_NEGATIVE_TEXT, validateChecked } from '../../apimachinery/validation/field-checks.js';
import {
  type FieldError,
  FieldPath,
  fieldDuplicate,
  fieldForbidden,
  fieldInternal,
  fieldInvalid,
} from '../../apimachinery/validation/field-error.js';
import { CIDR_TEXT, parseCidr } from '../../apimachinery/validation/ip.js';
import { checkLabelValue, validateQualifiedName } from '../../apimachinery/validation/qualified-name.js';
import type { CoreV1Node, CoreV1Taint } from '../../apis/types.gen.js';
import { copyField, GenericStrategy, type KindTraits, StatusStrategy } from '../generic/generic-strategy.js';
import type { KindPolicy } from '../kind-policy.js';
import type { RestContext } from '../rest/context.js';
import { validateTaintEffect } from './affinity-validation.js';
import { nodeConnections } from './connections/node-connections.js';

const TRAITS: KindTraits = { kind: { group: '', version: 'v1', kind: 'Node' }, namespaced: false, hasStatus: true };
const SPEC = FieldPath.root('spec');
const STATUS = FieldPath.root('status');

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
  override prepareForCreate(): void {}

  override prepareForUpdate(_ctx: RestContext, object: KubeObject, old: Readonly<KubeObject>): void {
    copyField(object, old, 'status');
  }

  override validateCreate(_ctx: RestContext, object: Readonly<KubeObject>): FieldError[] {
    const errors: FieldError[] = [];
    const { spec = {} } = object as CoreV1Node;
    validateTaints(spec.taints ?? [], FieldPath.root('metadata', 'taints'), errors);
    for (const [i, cidr] of (spec.podCIDRs ?? []).entries()) {
      if (parseCidr(cidr) === undefined) errors.push(fieldInvalid(SPEC.child('podCIDRs').index(i), cidr, CIDR_TEXT));
    }
    validateCidrFamilies(spec.podCIDRs ?? [], errors);
    return errors;
  }

  override validateUpdate(ctx: RestContext, object: Readonly<KubeObject>, old: Readonly<KubeObject>): FieldError[] {
    const errors: FieldError[] = [];
    const spec = (object as CoreV1Node).spec ?? {};
    const before = (old as CoreV1Node).spec ?? {};
    if ((before.podCIDRs ?? []).length > 0 && !jsonEqual(spec.podCIDRs, before.podCIDRs)) {
      const text = 'node updates may not change podCIDR except from "" to valid';
      errors.push(fieldForbidden(SPEC.child('podCIDRs'), text));
    }
    if ((spec.externalID ?? '') !== (before.externalID ?? '')) {
      errors.push(fieldForbidden(SPEC.child('externalID'), 'may not be updated'));
    }
    if (before.providerID && spec.providerID !== before.providerID) {
      errors.push(fieldInvalid(SPEC.child('providerID'), null, 'field cannot be modified once set'));
    }
    return [...errors, ...this.validateCreate(ctx, object)];
  }

  override warningsOnCreate(_ctx: RestContext, object: Readonly<KubeObject>): string[] {
    const { spec = {} } = object as CoreV1Node;
    const out: string[] = [];
    if (spec.configSource) out.push(`${SPEC.child('configSource')}: the feature is removed`);
    if (spec.externalID) {
      out.push(`${SPEC.child('externalID')}: this field is deprecated, and is unused by Kubernetes`);
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

/** One range of addresses, or one of each family. */
function validateCidrFamilies(cidrs: readonly string[], errors: Errors): void {
  if (cidrs.length < 2) return;
  const families = cidrs.map((cidr) => parseCidr(cidr)?.family);
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
    validateChecked(value, checkLabelValue, here.child('value'), errors);
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
  override validateUpdate(_ctx: RestContext, object: Readonly<KubeObject>): FieldError[] {
    const errors: FieldError[] = [];
    const { status = {} } = object as CoreV1Node;
    for (const list of ['capacity', 'allocatable'] as const) {
      for (const [name, quantity] of Object.entries(status[list] ?? {})) {
        if (nanosOf(quantity) < 0n) errors.push(fieldInvalid(STATUS.child(list, name), quantity, NON_NEGATIVE_TEXT));
      }
    }
    const seen = new Set<string>();
    for (const [i, { type, address }] of (status.addresses ?? []).entries()) {
      const pair = `${type}/${address}`;
      if (seen.has(pair))
        errors.push(fieldDuplicate(STATUS.child('addresses').index(i), { Type: type, Address: address }));
      seen.add(pair);
    }
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
