import { internalError, type StatusError } from '../../../apimachinery/errors/status-error.js';
import {
  ALL_AUTHENTICATED,
  ALL_UNAUTHENTICATED,
  ANONYMOUS,
  SYSTEM_MASTERS,
  type UserInfo,
} from '../../../apimachinery/meta/user-info.js';
import type { Attributes, Authorizer } from '../../authorization/authorizer.js';
import { forbiddenError } from '../../authorization/forbidden.js';
import type { Headers } from '../headers.js';
import { LruMap } from '../lru-map.js';
import { serviceAccountGroups, splitServiceAccountUser } from '../service-account/user.js';
import { extraFault } from './extra-rules.js';
import { IMPERSONATION_MODES, type ImpersonationMode, nodeName } from './modes.js';
import { type WantedUser, wantedUser } from './wanted-user.js';

/** Requesters whose last successful mode is remembered. */
const REMEMBERED_MODES_MAX = 10_000;

/** Impersonated users kept a requester, so that what is remembered about them is found again. */
const IMPERSONATED_USERS_MAX = 256;

/** From so many groups or extra values on, a right to all of them is tried before each is asked for. */
const MANY_CHECKS = 4;

const AUTHENTICATION = { group: 'authentication.k8s.io', version: 'v1' };
const CORE = { group: '', version: 'v1' };

/** Lets those who may act as somebody else. */
export class Impersonator {
  private readonly lastMode = new LruMap<string, ImpersonationMode>(REMEMBERED_MODES_MAX);
  private readonly users = new WeakMap<UserInfo, LruMap<string, UserInfo>>();

  constructor(private readonly authorizer: Authorizer) {}

  /**
   * @param attributes the request's question with the real user
   * @returns the user to act as from here on; undefined where the headers ask for nobody
   * @throws StatusError 400 for attributes without a user, 403 where no mode allows it (as the first one tried says)
   */
  impersonate(headers: Headers, attributes: Attributes): Promise<UserInfo> | undefined {
    const wanted = wantedUser(headers);
    return wanted && this.resolve(wanted, attributes);
  }

  private async resolve(wanted: WantedUser, attributes: Attributes): Promise<UserInfo> {
    const requester = attributes.user;
    const last = this.lastMode.get(requester.name);
    const modes = last === undefined ? IMPERSONATION_MODES : [last, ...IMPERSONATION_MODES.filter((m) => m !== last)];
    let refusal: StatusError | undefined;
    for (const mode of modes) {
      if (!mode.applies(wanted, requester)) continue;
      const fault = await new ModeCheck(this.authorizer, mode, requester).check(wanted, attributes);
      if (fault === undefined) {
        if (mode !== last) this.lastMode.set(requester.name, mode);
        return this.userOf(requester, wanted, mode.name !== '');
      }
      refusal ??= fault;
    }
    throw refusal ?? internalError('all impersonation modes failed');
  }

  private userOf(requester: UserInfo, wanted: WantedUser, constrained: boolean): UserInfo {
    const made = impersonatedUser(wanted, constrained);
    let users = this.users.get(requester);
    if (users === undefined) {
      users = new LruMap(IMPERSONATED_USERS_MAX);
      this.users.set(requester, users);
    }
    const key = JSON.stringify(made);
    const known = users.get(key);
    if (known !== undefined) return known;
    users.set(key, made);
    return made;
  }
}

/** All questions that one mode asks; each method gives the refusal, or undefined. */
class ModeCheck {
  private readonly constrained: boolean;

  constructor(
    private readonly authorizer: Authorizer,
    private readonly mode: ImpersonationMode,
    private readonly requester: UserInfo,
  ) {
    this.constrained = mode.name !== '';
  }

  async check(wanted: WantedUser, attributes: Attributes): Promise<StatusError | undefined> {
    if (this.constrained) {
      const verb = `impersonate-on:${this.mode.name}:${attributes.verb}`;
      const refusal = await this.ask({ ...attributes, verb });
      if (refusal !== undefined) return refusal;
    }
    return (
      (await this.ask(this.nameQuestion(wanted.name))) ??
      (wanted.uid === '' ? undefined : await this.ask(this.question(AUTHENTICATION, 'uids', wanted.uid))) ??
      (await this.checkGroups(wanted.groups)) ??
      (await this.checkExtra(wanted.extra))
    );
  }

  private nameQuestion(name: string): Attributes {
    const account = splitServiceAccountUser(name);
    const named = this.constrained ? AUTHENTICATION : CORE;
    if (account !== undefined) {
      return { ...this.question(named, 'serviceaccounts', account.name), namespace: account.namespace };
    }
    const node = this.constrained ? nodeName(name) : undefined;
    return node === undefined ? this.question(named, 'users', name) : this.question(named, 'nodes', node);
  }

  private async checkGroups(groups: readonly string[]): Promise<StatusError | undefined> {
    const question = (name: string): Attributes =>
      this.question(this.constrained ? AUTHENTICATION : CORE, 'groups', name);
    if (this.constrained) {
      if (groups.includes(''))
        return forbiddenError(question(''), 'impersonating the empty string group is not allowed');
      if (groups.includes(SYSTEM_MASTERS)) {
        return forbiddenError(question(SYSTEM_MASTERS), 'impersonating the system:masters group is not allowed');
      }
      if (groups.length >= MANY_CHECKS && (await this.ask(question('*'))) === undefined) return undefined;
    }
    for (const group of groups) {
      const refusal = await this.ask(question(group));
      if (refusal !== undefined) return refusal;
    }
    return undefined;
  }

  private async checkExtra(extra: WantedUser['extra']): Promise<StatusError | undefined> {
    const question = (subresource: string, name: string): Attributes => ({
      ...this.question(AUTHENTICATION, 'userextras', name),
      subresource,
    });
    const values = [...extra].flatMap(([key, list]) => list.map((value) => [key, value] as const));
    if (this.constrained) {
      const fault = extraFault(extra);
      if (fault !== undefined) return forbiddenError(question('', ''), fault);
      const many = extra.size >= MANY_CHECKS || values.length >= MANY_CHECKS;
      if (many && (await this.ask(question('*', '*'))) === undefined) return undefined;
    }
    for (const [key, value] of values) {
      const refusal = await this.ask(question(key, value));
      if (refusal !== undefined) return refusal;
    }
    return undefined;
  }

  private question({ group, version }: typeof CORE, resource: string, name: string): Attributes {
    return {
      user: this.requester,
      verb: this.mode.verb,
      resourceRequest: true,
      namespace: '',
      group,
      version,
      resource,
      subresource: '',
      name,
      path: '',
    };
  }

  private async ask(attributes: Attributes): Promise<StatusError | undefined> {
    const asked = this.mode.shape(attributes);
    const { decision, reason, error } = await this.authorizer.authorize(asked);
    if (decision === 'allow') return undefined;
    return forbiddenError(asked, [error, reason].filter((text) => text).join(': '));
  }
}

function impersonatedUser({ name, uid, groups, extra }: WantedUser, constrained: boolean): UserInfo {
  const account = splitServiceAccountUser(name);
  let all: readonly string[] = groups;
  if (groups.length === 0 && account !== undefined) all = serviceAccountGroups(account.namespace);
  else if (constrained && nodeName(name) !== undefined) all = ['system:nodes'];
  if (name === ANONYMOUS) all = including(all, ALL_UNAUTHENTICATED);
  else if (!all.includes(ALL_UNAUTHENTICATED)) all = including(all, ALL_AUTHENTICATED);
  return { name, uid, groups: all, extra: Object.fromEntries(extra) };
}

function including(groups: readonly string[], group: string): readonly string[] {
  return groups.includes(group) ? groups : [...groups, group];
}
