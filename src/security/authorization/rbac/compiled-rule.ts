import type { PolicyRule } from '../../../apis/rbac/types.js';
import type { Attributes } from '../authorizer.js';

const ANY = '*';

/** Membership in a list where `*` stands for everything. */
class NameSet {
  private readonly names: ReadonlySet<string>;
  private readonly any: boolean;

  constructor(names: readonly string[] | undefined | null) {
    this.names = new Set(names ?? []);
    this.any = this.names.has(ANY);
  }

  has(name: string): boolean {
    return this.any || this.names.has(name);
  }
}

/** How far a rule answers: `names` means it would allow if the object's name were in the rule's list. */
export type RuleMatch = 'no' | 'allows' | 'names';

/** A rule made ready for many questions: sets instead of lists, URL prefixes split off. Immutable. */
export class CompiledRule {
  private readonly verbs: NameSet;
  private readonly apiGroups: NameSet;
  private readonly resources: NameSet;
  private readonly subresourcesOfAny: ReadonlySet<string>;
  private readonly resourceNames: ReadonlySet<string> | undefined;
  private readonly paths: NameSet;
  private readonly pathPrefixes: readonly string[];

  constructor(readonly source: Readonly<PolicyRule>) {
    const resources = source.resources ?? [];
    const paths = source.nonResourceURLs ?? [];
    this.verbs = new NameSet(source.verbs);
    this.apiGroups = new NameSet(source.apiGroups);
    this.resources = new NameSet(resources);
    this.subresourcesOfAny = new Set(resources.filter((r) => r.startsWith('*/')).map((r) => r.slice(2)));
    this.resourceNames = source.resourceNames?.length ? new Set(source.resourceNames) : undefined;
    this.paths = new NameSet(paths);
    this.pathPrefixes = paths.filter((p) => p.endsWith(ANY) && p !== ANY).map((p) => p.replace(/\*+$/, ''));
  }

  /** Whether the rule covers the question, and whether that hung on the object's name. */
  match(attributes: Attributes): { readonly match: RuleMatch; readonly named: boolean } {
    if (!this.verbs.has(attributes.verb)) return NO;
    if (!attributes.resourceRequest) return this.matchesPath(attributes.path) ? ALLOWS : NO;
    if (!this.apiGroups.has(attributes.group) || !this.matchesResource(attributes)) return NO;
    if (this.resourceNames === undefined) return ALLOWS;
    return this.resourceNames.has(attributes.name) ? ALLOWS_NAME : OTHER_NAME;
  }

  private matchesResource({ resource, subresource }: Attributes): boolean {
    if (subresource === '') return this.resources.has(resource);
    return this.resources.has(`${resource}/${subresource}`) || this.subresourcesOfAny.has(subresource);
  }

  private matchesPath(path: string): boolean {
    return this.paths.has(path) || this.pathPrefixes.some((prefix) => path.startsWith(prefix));
  }
}

const NO = { match: 'no', named: false } as const;
const ALLOWS = { match: 'allows', named: false } as const;
const ALLOWS_NAME = { match: 'allows', named: true } as const;
const OTHER_NAME = { match: 'names', named: true } as const;
