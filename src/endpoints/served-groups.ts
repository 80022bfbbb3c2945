/** What `--api-groups` calls the group without a name. */
const CORE = 'core';

/**
 * --api-groups: the groups that this server shows. A server behind an aggregator serves its own alone; the rest, which it needs for
 * itself, is not found by anybody.
 */
export class ServedGroups {
  /** True where nothing is left out: most servers. */
  readonly all: boolean;
  private readonly groups: ReadonlySet<string>;

  /** @param names empty: all */
  constructor(names: readonly string[]) {
    this.all = names.length === 0;
    this.groups = new Set(names.map((name) => (name === CORE ? '' : name)));
  }

  has(group: string): boolean {
    return this.all || this.groups.has(group);
  }

  /** Paths of no group are served always. */
  hasPath(path: string): boolean {
    if (this.all) return true;
    const [, prefix, group = ''] = path.split('/', 3);
    if (prefix === 'api') return this.groups.has('');
    return prefix !== 'apis' || group === '' || this.groups.has(group);
  }
}
