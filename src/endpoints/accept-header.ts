/**
 * kube-apiserver's parser of Accept headers: quality first, then specific before wildcard.
 * @see https://www.rfc-editor.org/rfc/rfc9110#name-accept
 */

/** Parameters of one media type in an Accept header, without `q`. */
export type AcceptParams = ReadonlyMap<string, string>;

export const NO_PARAMS: AcceptParams = new Map();

export interface AcceptClause {
  readonly type: string;
  readonly subtype: string;
  readonly quality: number;
  readonly params: AcceptParams;
}

/** Whether the clause takes this `type/subtype`. */
export function matches(clause: AcceptClause, contentType: string): boolean {
  if (clause.type === '*') return clause.subtype === '*';
  const slash = contentType.indexOf('/');
  if (clause.type !== contentType.slice(0, slash)) return false;
  return clause.subtype === '*' || clause.subtype === contentType.slice(slash + 1);
}

/** Clauses in order of preference. Malformed ones are left out; a quality that is no number counts as 0. */
export function parseAccept(header: string): AcceptClause[] {
  const clauses: AcceptClause[] = [];
  for (const part of header.split(',')) {
    const clause = parseClause(part);
    if (clause !== undefined) insertByPreference(clauses, clause);
  }
  return clauses;
}

function parseClause(part: string): AcceptClause | undefined {
  const [range = '', ...rest] = part.trim().split(';');
  const [type = '', subtype, ...more] = range.split('/').map((word) => word.trim());
  if (more.length > 0 || (subtype === undefined && type !== '*') || subtype === '') return undefined;
  if (rest.length === 0) return { type, subtype: subtype ?? '*', quality: 1, params: NO_PARAMS };
  let quality = 1;
  const params = new Map<string, string>();
  for (const pair of rest) {
    const [name = '', value = '', ...extra] = pair.split('=');
    if (value === '' || extra.length > 0) continue;
    if (name.trim() === 'q') quality = Number.isFinite(Number(value)) ? Number(value) : 0;
    else params.set(name.trim(), value.trim());
  }
  return { type, subtype: subtype ?? '*', quality, params };
}

/** Moves the clause forward past all it beats: higher quality, or a specific type against a wildcard whatever the quality. */
function insertByPreference(clauses: AcceptClause[], clause: AcceptClause): void {
  let at = clauses.length;
  while (at > 0 && isPreferred(clause, clauses[at - 1]!)) at--;
  clauses.splice(at, 0, clause);
}

function isPreferred(a: AcceptClause, b: AcceptClause): boolean {
  if (a.quality > b.quality) return true;
  if (a.type !== '*' && b.type === '*') return true;
  return a.subtype !== '*' && b.subtype === '*';
}
