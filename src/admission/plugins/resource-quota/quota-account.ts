import type { KubeObject } from '../../../apimachinery/meta/object.js';
import { Quantity } from '../../../apimachinery/runtime/quantity.js';
import type { CoreV1ResourceQuota, CoreV1ScopedResourceSelectorRequirement } from '../../../apis/types.gen.js';
import type { AdmissionAttributes } from '../../admission.js';
import { refused } from '../../refusal.js';
import { type Amounts, addTo, amountsOf, amountsText, only } from '../../resource-amounts.js';
import type { Evaluator } from './evaluator.js';

/** A request that may use more, with how its objects count. */
export interface Charge {
  readonly attributes: AdmissionAttributes;
  readonly evaluator: Evaluator;
}

/** One quota while requests are checked against it: what is used grows with each that passes. */
export class QuotaAccount {
  readonly hard: Amounts;
  used: Amounts;
  changed = false;

  constructor(readonly quota: Readonly<CoreV1ResourceQuota>) {
    this.hard = amountsOf(quota.status?.hard);
    this.used = amountsOf(quota.status?.used);
  }

  get name(): string {
    return this.quota.metadata.name ?? '';
  }

  /** The names that count for such an object, or undefined where the quota is about others. */
  pertinent(evaluator: Evaluator, object: Readonly<KubeObject>): ReadonlySet<string> | undefined {
    const names = [...this.hard.keys()].filter((name) => evaluator.tracks(name));
    if (names.length === 0 || !scopesOf(this.quota).every((scope) => evaluator.inScope(scope, object)))
      return undefined;
    return new Set(names);
  }
}

function scopesOf({ spec }: Readonly<CoreV1ResourceQuota>): CoreV1ScopedResourceSelectorRequirement[] {
  return [
    ...(spec?.scopes ?? []).map((scopeName) => ({ scopeName, operator: 'Exists' })),
    ...(spec?.scopeSelector?.matchExpressions ?? []),
  ];
}

/**
 * Charges a request to all quotas that it concerns, or to none.
 * @returns whether anything is used that was not before
 * @throws StatusError Forbidden where a quota has no room, is not counted yet, or wants the object to state its needs
 */
export function charge(accounts: readonly QuotaAccount[], { attributes, evaluator }: Charge): boolean {
  const object = attributes.object!;
  const pertinent = accounts.filter((account) => concerns(account, attributes, evaluator, object));
  const delta = deltaOf(attributes, evaluator, object);
  if (delta.size === 0) return false;
  const next = pertinent.map((account) => usedAfter(account, attributes, delta));
  let changes = false;
  for (const [i, account] of pertinent.entries()) {
    const used = next[i];
    if (used === undefined) continue;
    changes = true;
    if (attributes.dryRun) continue;
    account.used = used;
    account.changed = true;
  }
  return changes;
}

function concerns(
  account: QuotaAccount,
  attributes: AdmissionAttributes,
  evaluator: Evaluator,
  object: Readonly<KubeObject>,
): boolean {
  const names = account.pertinent(evaluator, object);
  if (names === undefined) return false;
  const complaint = evaluator.complaint(names, object);
  if (complaint !== undefined) throw refused(attributes, `failed quota: ${account.name}: ${complaint}`);
  if ([...names].some((name) => !account.used.has(name))) {
    const listed = [...names].sort().join(',');
    throw refused(attributes, `status unknown for quota: ${account.name}, resources: ${listed}`);
  }
  return true;
}

/** What the request uses beyond what the object used before; no zeros. */
function deltaOf(attributes: AdmissionAttributes, evaluator: Evaluator, object: Readonly<KubeObject>): Amounts {
  const delta = evaluator.usage(object);
  const negative = [...delta].filter(([, amount]) => amount.sign < 0).map(([name]) => name);
  if (negative.length > 0) {
    throw refused(attributes, `quota usage is negative for resource(s): ${negative.sort().join(',')}`);
  }
  const { oldObject } = attributes;
  // Without a version it is not there yet: an update that creates.
  if (attributes.operation === 'UPDATE' && oldObject?.metadata.resourceVersion) {
    for (const [name, before] of evaluator.usage(oldObject)) {
      const left = (delta.get(name) ?? Quantity.zero).subtract(before);
      delta.set(name, left.sign < 0 && !evaluator.givesBack ? Quantity.zero : left);
    }
  }
  for (const [name, amount] of delta) if (amount.isZero) delta.delete(name);
  return delta;
}

/** Undefined where the request changes nothing that this quota counts. */
function usedAfter(account: QuotaAccount, attributes: AdmissionAttributes, delta: Amounts): Amounts | undefined {
  const requested = only(delta, (name) => account.hard.has(name));
  if (requested.size === 0) return undefined;
  const used = new Map(account.used);
  addTo(used, requested);
  const exceeded = [...requested]
    .filter(([name, amount]) => amount.sign > 0 && used.get(name)!.compare(account.hard.get(name)!) > 0)
    .map(([name]) => name);
  if (exceeded.length === 0) return used;
  const shown = (amounts: Amounts): string => amountsText(only(amounts, (name) => exceeded.includes(name)));
  throw refused(
    attributes,
    `exceeded quota: ${account.name}, requested: ${shown(requested)}, used: ${shown(account.used)}, limited: ${shown(account.hard)}`,
  );
}
