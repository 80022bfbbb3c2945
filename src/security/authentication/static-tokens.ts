import { hash } from 'node:crypto';
import { commonAudiences } from './audiences.js';
import { type AuthenticationResult, TokenAuthenticator } from './authenticator.js';
import { parseCsv } from './csv.js';

/**
 * --token-auth-file: lines `token,user,uid,"group1,group2"`, read once. Tokens are looked up by their hash, so the time a look-up takes says
 * nothing about how much of a guess was right.
 * @see https://kubernetes.io/docs/reference/access-authn-authz/authentication/#static-token-file
 */
export class StaticTokenAuthenticator extends TokenAuthenticator {
  private readonly users = new Map<string, AuthenticationResult>();

  /**
   * @param text content of the file
   * @param apiAudiences what these tokens are good for
   * @throws Error naming the line, for a record that is not of that form or repeats a token
   */
  constructor(
    text: string,
    private readonly apiAudiences: readonly string[],
  ) {
    super();
    for (const { line, fields } of parseCsv(text)) {
      if (fields.length < 3) {
        throw new Error(
          `line ${line}: must have at least 3 columns (token, user name, user uid), found ${fields.length}`,
        );
      }
      const [token = '', name = '', uid = '', groups = ''] = fields;
      if (token === '') throw new Error(`line ${line}: token is empty`);
      if (name === '') throw new Error(`line ${line}: user name is empty`);
      const key = tokenKey(token);
      if (this.users.has(key)) throw new Error(`line ${line}: the token stands on an earlier line too`);
      const user = { name, uid, groups: groups === '' ? [] : groups.split(','), extra: {} };
      this.users.set(key, { user, audiences: apiAudiences });
    }
  }

  override authenticateToken(
    token: string,
    audiences: readonly string[] | undefined,
  ): AuthenticationResult | undefined {
    const result = this.users.get(tokenKey(token));
    if (result === undefined || audiences === undefined) return result;
    const common = commonAudiences(this.apiAudiences, audiences);
    return common.length === 0 ? undefined : { user: result.user, audiences: common };
  }
}

function tokenKey(token: string): string {
  return hash('sha256', token, 'base64');
}
