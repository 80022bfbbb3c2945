import { SYSTEM_MASTERS, type UserInfo } from '../../apimachinery/meta/user-info.js';
import { type Attributes, type AuthorizationResult, Authorizer } from './authorizer.js';

type RulesAnswer = ReturnType<Authorizer['rulesFor']>;

const NO_OPINION: AuthorizationResult = { decision: 'noOpinion', reason: '' };
const NO_RULES: RulesAnswer = { resource: [], nonResource: [], incomplete: false };

/** Members of system:masters may do anything; no policy can take that away. */
export class PrivilegedGroupAuthorizer extends Authorizer {
  override authorize({ user }: Attributes): AuthorizationResult {
    return user.groups.includes(SYSTEM_MASTERS) ? { decision: 'allow', reason: '' } : NO_OPINION;
  }

  override rulesFor(): RulesAnswer {
    return NO_RULES;
  }
}

/** --authorization-mode=AlwaysAllow: for tests of other things. */
export class AlwaysAllowAuthorizer extends Authorizer {
  override authorize(): AuthorizationResult {
    return { decision: 'allow', reason: '' };
  }

  override rulesFor(): RulesAnswer {
    return {
      resource: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }],
      nonResource: [{ verbs: ['*'], nonResourceURLs: ['*'] }],
      incomplete: false,
    };
  }
}

/** --authorization-mode=AlwaysDeny. */
export class AlwaysDenyAuthorizer extends Authorizer {
  override authorize(): AuthorizationResult {
    return { decision: 'noOpinion', reason: 'Everything is forbidden.' };
  }

  override rulesFor(): RulesAnswer {
    return NO_RULES;
  }
}

/**
 * Asks one authorizer after the other until one allows or denies. Synchronous as long as they are: only an authorizer that
 * answers with a promise makes the union do so.
 */
export class UnionAuthorizer extends Authorizer {
  private readonly authorizers: Authorizer[];
  private added = 0;

  constructor(authorizers: readonly Authorizer[]) {
    super();
    this.authorizers = [...authorizers];
  }

  /** Asks one more: before those that were there, after those added earlier, and after superusers have been let through. */
  add(authorizer: Authorizer): void {
    const superusers = this.authorizers.findIndex((each) => each instanceof PrivilegedGroupAuthorizer);
    this.authorizers.splice(superusers + 1 + this.added++, 0, authorizer);
  }

  override authorize(attributes: Attributes): AuthorizationResult | Promise<AuthorizationResult> {
    return this.ask(attributes, 0, [], []);
  }

  override rulesFor(user: UserInfo, namespace: string): RulesAnswer {
    const answers = this.authorizers.map((authorizer) => authorizer.rulesFor(user, namespace));
    const errors = answers.flatMap(({ evaluationError }) => evaluationError ?? []);
    return {
      resource: answers.flatMap(({ resource }) => resource),
      nonResource: answers.flatMap(({ nonResource }) => nonResource),
      incomplete: answers.some(({ incomplete }) => incomplete),
      ...(errors.length > 0 && { evaluationError: errors.join(', ') }),
    };
  }

  private ask(
    attributes: Attributes,
    from: number,
    reasons: string[],
    errors: string[],
  ): AuthorizationResult | Promise<AuthorizationResult> {
    for (let i = from; i < this.authorizers.length; i++) {
      const answer = this.authorizers[i]!.authorize(attributes);
      if (answer instanceof Promise) {
        return answer.then((result) =>
          note(result, reasons, errors) ? result : this.ask(attributes, i + 1, reasons, errors),
        );
      }
      if (note(answer, reasons, errors)) return answer;
    }
    const reason = reasons.join('\n');
    return { decision: 'noOpinion', reason, ...(errors.length > 0 && { error: errors.join(', ') }) };
  }
}

/** Keeps what an undecided authorizer said; true where the answer decides. */
function note(result: AuthorizationResult, reasons: string[], errors: string[]): boolean {
  if (result.decision !== 'noOpinion') return true;
  if (result.reason !== '') reasons.push(result.reason);
  if (result.error !== undefined) errors.push(result.error);
  return false;
}
