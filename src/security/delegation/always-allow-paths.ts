import { type Attributes, type AuthorizationResult, Authorizer } from '../authorization/authorizer.js';

const NO_OPINION: AuthorizationResult = { decision: 'noOpinion', reason: '' };
const ALLOW: AuthorizationResult = { decision: 'allow', reason: '' };

/** --authorization-always-allow-paths: what anybody may see without the other server being asked. A `*` at the end stands for the rest. */
export class AlwaysAllowPathsAuthorizer extends Authorizer {
  private readonly exact = new Set<string>();
  private readonly prefixes: string[] = [];

  /** @throws Error for a `*` that is not at the end */
  constructor(paths: readonly string[]) {
    super();
    for (const path of paths) {
      const bare = path.replace(/^\//, '');
      if (bare === '') continue;
      const star = bare.indexOf('*');
      if (star >= 0 && star !== bare.length - 1) throw new Error(`only trailing * allowed in ${JSON.stringify(path)}`);
      if (star < 0) this.exact.add(`/${bare}`);
      else this.prefixes.push(`/${bare.slice(0, -1)}`);
    }
  }

  override authorize({ resourceRequest, path }: Attributes): AuthorizationResult {
    if (resourceRequest) return NO_OPINION;
    return this.exact.has(path) || this.prefixes.some((prefix) => path.startsWith(prefix)) ? ALLOW : NO_OPINION;
  }

  override rulesFor() {
    return { resource: [], nonResource: [], incomplete: false };
  }
}
