import { jsonEqual } from '../../apimachinery/meta/json.js';
import {
  type CrdCondition,
  type CrdNames,
  type CustomResourceDefinition,
  conditionOf,
  withCondition,
} from '../../registry/apiextensions/crd.js';

/** Names that the accepted definitions of one group hold, so that no two mean different things by one. */
export interface ClaimedNames {
  /** Plurals, singulars and short names. */
  isResourceTaken(name: string): boolean;
  isKindTaken(kind: string): boolean;
}

export interface NamingResult {
  readonly acceptedNames: CrdNames;
  readonly conditions: CrdCondition[];
  readonly accepted: boolean;
}

/**
 * Which of the names a definition asks for it gets, and the conditions that say so. Free names are taken even when others are
 * not; the last conflict found is the one reported.
 * @param taken names held by OTHER definitions of the group
 * @param now RFC 3339
 * @see https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/
 */
export function decideNames(crd: Readonly<CustomResourceDefinition>, taken: ClaimedNames, now: string): NamingResult {
  const wanted = crd.spec.names;
  const held: CrdNames = crd.status?.acceptedNames ?? { plural: '', kind: '' };
  const names: CrdNames = { ...held };
  let conflict: { reason: string; message: string } | undefined;
  const decide = (field: 'plural' | 'singular' | 'kind' | 'listKind', reason: string, isTaken: boolean): void => {
    const name = wanted[field] ?? '';
    if (name !== held[field] && isTaken) conflict = { reason, message: inUse(name) };
    else names[field] = name;
  };
  decide('plural', 'PluralConflict', taken.isResourceTaken(wanted.plural));
  decide('singular', 'SingularConflict', taken.isResourceTaken(wanted.singular ?? ''));
  const shortNames = shortNameConflicts(wanted.shortNames ?? [], held.shortNames ?? [], taken);
  if (shortNames !== undefined) conflict = { reason: 'ShortNamesConflict', message: shortNames };
  else assign(names, 'shortNames', wanted.shortNames);
  decide('kind', 'KindConflict', taken.isKindTaken(wanted.kind));
  decide('listKind', 'ListKindConflict', taken.isKindTaken(wanted.listKind ?? ''));
  assign(names, 'categories', wanted.categories);
  const accepted = conflict === undefined;
  const verdict = conflict ?? { reason: 'NoConflicts', message: 'no conflicts found' };
  const named = { type: 'NamesAccepted', status: accepted ? 'True' : 'False', ...verdict };
  const conditions = withEstablished(crd, withCondition(crd.status?.conditions, named, now), accepted, now);
  return { acceptedNames: names, conditions, accepted };
}

/** Once established a definition stays so, whatever becomes of later names. */
function withEstablished(
  crd: Readonly<CustomResourceDefinition>,
  conditions: CrdCondition[],
  accepted: boolean,
  now: string,
): CrdCondition[] {
  if (conditionOf(crd, 'Established')?.status === 'True') return conditions;
  const established = accepted
    ? { status: 'True', reason: 'InitialNamesAccepted', message: 'the initial names have been accepted' }
    : { status: 'False', reason: 'NotAccepted', message: 'not all names are accepted' };
  return withCondition(conditions, { type: 'Established', ...established }, now);
}

function shortNameConflicts(
  wanted: readonly string[],
  held: readonly string[],
  taken: ClaimedNames,
): string | undefined {
  const faults = wanted.filter((name) => !held.includes(name) && taken.isResourceTaken(name)).map(inUse);
  if (faults.length === 0) return undefined;
  return faults.length === 1 ? faults[0] : `[${[...new Set(faults)].join(', ')}]`;
}

const inUse = (name: string): string => `${JSON.stringify(name)} is already in use`;

function assign(names: CrdNames, field: 'shortNames' | 'categories', value: string[] | undefined): void {
  if (value === undefined || value.length === 0) delete names[field];
  else names[field] = value;
}

export function sameStatus(
  crd: Readonly<CustomResourceDefinition>,
  acceptedNames: CrdNames,
  conditions: CrdCondition[],
): boolean {
  return jsonEqual(crd.status?.acceptedNames, acceptedNames) && jsonEqual(crd.status?.conditions, conditions);
}
