import { goQuote } from '../../apimachinery/validation/field-error.js';
import type { PolicyRule } from './types.js';

/** The smallest right a rule grants: one verb on one resource (maybe one name), or on one path. */
type Right =
  | {
      readonly verb: string;
      readonly group: string;
      readonly resource: string;
      readonly resourceName: string | undefined;
    }
  | { readonly verb: string; readonly path: string };

/**
 * What `asked` grants beyond `held`, in words: one line a resource with the missing verbs together, lines in order of text. Empty
 * where everything is held.
 * @see https://kubernetes.io/docs/reference/access-authn-authz/rbac/#restrictions-on-role-creation-or-update
 */
export function missingRights(
  held: readonly Readonly<PolicyRule>[],
  asked: readonly Readonly<PolicyRule>[],
): readonly string[] {
  const lines = new Set<string>();
  const verbsByResource = new Map<string, { right: Right; verbs: string[] }>();
  for (const right of uncoveredRights(held, asked)) {
    if ('path' in right || right.resourceName !== undefined) {
      lines.add(formatRight(right, [right.verb]));
      continue;
    }
    const key = `${right.group}\0${right.resource}`;
    const entry = verbsByResource.get(key);
    if (entry === undefined) verbsByResource.set(key, { right, verbs: [right.verb] });
    else entry.verbs.push(right.verb);
  }
  for (const { right, verbs } of verbsByResource.values()) lines.add(formatRight(right, verbs));
  return [...lines].sort();
}

/** What `asked` grants beyond `held`, as rules of one right each. */
export function missingRules(
  held: readonly Readonly<PolicyRule>[],
  asked: readonly Readonly<PolicyRule>[],
): PolicyRule[] {
  return uncoveredRights(held, asked).map((right) => {
    if ('path' in right) return { verbs: [right.verb], nonResourceURLs: [right.path] };
    const { verb, group, resource, resourceName } = right;
    const names = resourceName === undefined ? {} : { resourceNames: [resourceName] };
    return { verbs: [verb], apiGroups: [group], resources: [resource], ...names };
  });
}

function uncoveredRights(held: readonly Readonly<PolicyRule>[], asked: readonly Readonly<PolicyRule>[]): Right[] {
  return asked.flatMap(rightsOf).filter((right) => !held.some((rule) => covers(rule, right)));
}

function rightsOf(rule: Readonly<PolicyRule>): Right[] {
  const rights: Right[] = [];
  const names = rule.resourceNames?.length ? rule.resourceNames : [undefined];
  for (const group of rule.apiGroups ?? []) {
    for (const resource of rule.resources ?? []) {
      for (const verb of rule.verbs ?? []) {
        for (const resourceName of names) rights.push({ verb, group, resource, resourceName });
      }
    }
  }
  for (const path of rule.nonResourceURLs ?? []) for (const verb of rule.verbs ?? []) rights.push({ verb, path });
  return rights;
}

function covers(rule: Readonly<PolicyRule>, right: Right): boolean {
  if (!includes(rule.verbs, right.verb)) return false;
  if ('path' in right) return !rule.resourceNames?.length && coversPath(rule.nonResourceURLs ?? [], right.path);
  if (!includes(rule.apiGroups, right.group) || !coversResource(rule.resources ?? [], right.resource)) return false;
  if (!rule.resourceNames?.length) return true;
  return right.resourceName !== undefined && rule.resourceNames.includes(right.resourceName);
}

function includes(names: readonly string[] | undefined, name: string): boolean {
  return names !== undefined && (names.includes('*') || names.includes(name));
}

function coversResource(resources: readonly string[], resource: string): boolean {
  if (includes(resources, resource)) return true;
  const slash = resource.indexOf('/');
  return slash >= 0 && resources.includes(`*${resource.slice(slash)}`);
}

function coversPath(paths: readonly string[], path: string): boolean {
  return paths.some((own) => own === path || (own.endsWith('*') && path.startsWith(own.replace(/\*+$/, ''))));
}

const quoted = (values: readonly string[]): string => `[${values.map((value) => goQuote(value)).join(' ')}]`;

function formatRight(right: Right, verbs: readonly string[]): string {
  if ('path' in right) return `{NonResourceURLs:${quoted([right.path])}, Verbs:${quoted(verbs)}}`;
  const names = right.resourceName === undefined ? '' : `, ResourceNames:${quoted([right.resourceName])}`;
  return `{APIGroups:${quoted([right.group])}, Resources:${quoted([right.resource])}${names}, Verbs:${quoted(verbs)}}`;
}
