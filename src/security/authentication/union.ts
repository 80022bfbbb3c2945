import { StatusError } from '../../apimachinery/errors/status-error.js';
import { ALL_UNAUTHENTICATED, ANONYMOUS } from '../../apimachinery/meta/user-info.js';
import { AuthenticatedGroup } from './authenticated-group.js';
import {
  type AuthenticationRequest,
  type AuthenticationResult,
  Authenticator,
  TokenAuthenticator,
} from './authenticator.js';
import { TokenError } from './token-error.js';

type Answer<T> = Promise<T | undefined> | T | undefined;

/**
 * Asks in order until one answers. A failure of one does not stop the others (a bad certificate beside a good token), but without a
 * success the first failure counts. Synchronous as long as those asked are.
 */
function firstOf<T, A>(
  askers: readonly A[],
  ask: (asker: A) => Answer<T>,
  isRefusal: (error: unknown) => boolean,
): Answer<T> {
  let refusal: unknown;
  const refused = (error: unknown): void => {
    if (!isRefusal(error)) throw error;
    refusal ??= error;
  };
  const from = (start: number): Answer<T> => {
    for (let i = start; i < askers.length; i++) {
      try {
        const answer = ask(askers[i]!);
        if (answer instanceof Promise) {
          return answer.catch((error: unknown) => refused(error)).then((late) => late ?? from(i + 1)) as Promise<
            T | undefined
          >;
        }
        if (answer !== undefined) return answer;
      } catch (error) {
        refused(error);
      }
    }
    if (refusal !== undefined) throw refusal;
    return undefined;
  };
  return from(0);
}

/** Every way of proving identity, in order; whoever proves one joins system:authenticated. */
export class UnionAuthenticator extends Authenticator {
  private readonly group = new AuthenticatedGroup();
  private readonly authenticators: Authenticator[];

  /** @param fallback who a request is from that carries no credential at all; undefined: nobody */
  constructor(
    authenticators: readonly Authenticator[],
    private readonly fallback?: Authenticator,
  ) {
    super();
    this.authenticators = [...authenticators];
  }

  /** Asks one more, after those that are there. */
  add(authenticator: Authenticator): void {
    this.authenticators.push(authenticator);
  }

  /** @throws StatusError 401 where a credential was given and none was good */
  override authenticate(request: AuthenticationRequest): Answer<AuthenticationResult> {
    const answer = firstOf(
      this.authenticators,
      (authenticator) => authenticator.authenticate(request),
      (error) => error instanceof StatusError,
    );
    const finish = (result: AuthenticationResult | undefined) =>
      result === undefined ? this.fallback?.authenticate(request) : this.group.add(result);
    return answer instanceof Promise ? answer.then(finish) : finish(answer);
  }
}

/** Every kind of bearer token, for requests and TokenReviews alike. */
export class UnionTokenAuthenticator extends TokenAuthenticator {
  private readonly group = new AuthenticatedGroup();
  private readonly authenticators: TokenAuthenticator[];

  constructor(authenticators: readonly TokenAuthenticator[]) {
    super();
    this.authenticators = [...authenticators];
  }

  /** Asks one more, after those that are there. */
  add(authenticator: TokenAuthenticator): void {
    this.authenticators.push(authenticator);
  }

  /** @throws TokenError for a token that is recognised and not good */
  override authenticateToken(token: string, audiences: readonly string[] | undefined): Answer<AuthenticationResult> {
    const answer = firstOf(
      this.authenticators,
      (authenticator) => authenticator.authenticateToken(token, audiences),
      (error) => error instanceof TokenError,
    );
    if (answer instanceof Promise) return answer.then((result) => result && this.group.add(result));
    return answer && this.group.add(answer);
  }
}

const ANONYMOUS_RESULT: AuthenticationResult = {
  user: { name: ANONYMOUS, uid: '', groups: [ALL_UNAUTHENTICATED], extra: {} },
};

/** --anonymous-auth: who gives no credential is system:anonymous. A fallback: a bad credential never gets here. */
export class AnonymousAuthenticator extends Authenticator {
  override authenticate(): AuthenticationResult {
    return ANONYMOUS_RESULT;
  }
}
