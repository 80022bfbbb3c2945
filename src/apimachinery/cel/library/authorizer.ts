import type { UserInfo } from '../../meta/user-info.js';
import { dns1123Label, dns1123Subdomain } from '../../validation/names.js';
import { declare, type Implementation, type Library, member } from '../environment.js';
import { BOOL, type CelType, object, STRING } from '../type.js';
import { Failure, noOverload, Opaque, type Value } from '../value.js';

export const AUTHORIZER = object('kubernetes.authorization.Authorizer');
export const PATH_CHECK = object('kubernetes.authorization.PathCheck');
export const GROUP_CHECK = object('kubernetes.authorization.GroupCheck');
export const RESOURCE_CHECK = object('kubernetes.authorization.ResourceCheck');
export const DECISION = object('kubernetes.authorization.Decision');

/** What an expression asks: about a path, or about a resource in whatever version. */
export interface AccessQuestion {
  readonly user: UserInfo;
  readonly verb: string;
  /** '' where the question is about a resource. */
  readonly path: string;
  readonly group: string;
  readonly resource: string;
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
  /** As written, '' where none was; one that cannot be read counts as none. */
  readonly fieldSelector: string;
  readonly labelSelector: string;
}

export interface AccessDecision {
  readonly allowed: boolean;
  readonly reason: string;
  /** Set where it could not be told; says why. */
  readonly error?: string;
}

/** Who answers an expression's questions, while it is evaluated. */
export abstract class AccessChecker {
  abstract check(question: AccessQuestion): AccessDecision;
}

/** Takes methods only: it is equal to nothing and has no text. */
abstract class Receiver extends Opaque {
  override equals(): boolean {
    throw noOverload();
  }
}

class AuthorizerValue extends Receiver {
  override readonly type = AUTHORIZER;

  constructor(
    readonly checker: AccessChecker,
    readonly user: UserInfo,
  ) {
    super();
  }

  ask(verb: string, about: Partial<AccessQuestion>): DecisionValue {
    return new DecisionValue(this.checker.check({ ...NOTHING, ...about, verb, user: this.user }));
  }
}

const NOTHING = {
  path: '',
  group: '',
  resource: '',
  subresource: '',
  namespace: '',
  name: '',
  fieldSelector: '',
  labelSelector: '',
} as const;

class Check extends Receiver {
  constructor(
    override readonly type: CelType,
    readonly authorizer: AuthorizerValue,
    readonly about: Partial<AccessQuestion>,
  ) {
    super();
  }

  with(type: CelType, more: Partial<AccessQuestion>): Check {
    return new Check(type, this.authorizer, { ...this.about, ...more });
  }
}

class DecisionValue extends Receiver {
  override readonly type = DECISION;

  constructor(readonly decision: AccessDecision) {
    super();
  }
}

/** The variable `authorizer`. @param user whose access is asked about */
export function authorizerValue(checker: AccessChecker, user: UserInfo): Value {
  return new AuthorizerValue(checker, user);
}

/** The variable `authorizer.requestResource`. */
export function requestResourceValue(
  checker: AccessChecker,
  user: UserInfo,
  request: Pick<AccessQuestion, 'group' | 'resource' | 'subresource' | 'namespace' | 'name'>,
): Value {
  const { group, resource, subresource, namespace, name } = request;
  const about = { group, resource, subresource, namespace, name };
  return new Check(RESOURCE_CHECK, new AuthorizerValue(checker, user), about);
}

const path: Implementation = (authorizer, text) => {
  if ((text as string).trim() === '') throw new Failure('path must not be empty');
  return new Check(PATH_CHECK, authorizer as AuthorizerValue, { path: text as string });
};

const group: Implementation = (authorizer, name) =>
  new Check(GROUP_CHECK, authorizer as AuthorizerValue, { group: name as string });

const resource: Implementation = (check, name) => {
  if ((name as string).trim() === '') throw new Failure('resource must not be empty');
  return (check as Check).with(RESOURCE_CHECK, { resource: name as string });
};

const serviceAccount: Implementation = (authorizer, namespace, name) => {
  if (dns1123Subdomain(name as string, false).length > 0) throw new Failure('Invalid service account name');
  if (dns1123Label(namespace as string, false).length > 0) throw new Failure('Invalid service account namespace');
  const user: UserInfo = {
    name: `system:serviceaccount:${namespace as string}:${name as string}`,
    uid: '',
    groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace as string}`],
    extra: {},
  };
  return new AuthorizerValue((authorizer as AuthorizerValue).checker, user);
};

const narrow =
  (field: keyof AccessQuestion): Implementation =>
  (check, value) =>
    (check as Check).with(RESOURCE_CHECK, { [field]: value as string });

const check: Implementation = (target, verb) => {
  const { authorizer, about } = target as Check;
  return authorizer.ask(verb as string, about);
};

const decided =
  (take: (decision: AccessDecision) => Value): Implementation =>
  (decision) =>
    take((decision as DecisionValue).decision);

/** @see https://kubernetes.io/docs/reference/using-api/cel/#kubernetes-authorizer-library */
export const AUTHORIZER_LIBRARY: Library = {
  types: [AUTHORIZER, PATH_CHECK, GROUP_CHECK, RESOURCE_CHECK, DECISION],
  functions: [
    declare('path', member('authorizer_path', [AUTHORIZER, STRING], PATH_CHECK, path)),
    declare('group', member('authorizer_group', [AUTHORIZER, STRING], GROUP_CHECK, group)),
    declare(
      'serviceAccount',
      member('authorizer_serviceaccount', [AUTHORIZER, STRING, STRING], AUTHORIZER, serviceAccount),
    ),
    declare('resource', member('groupcheck_resource', [GROUP_CHECK, STRING], RESOURCE_CHECK, resource)),
    ...(['subresource', 'namespace', 'name'] as const).map((field) =>
      declare(field, member(`resourcecheck_${field}`, [RESOURCE_CHECK, STRING], RESOURCE_CHECK, narrow(field))),
    ),
    ...(['fieldSelector', 'labelSelector'] as const).map((field) =>
      declare(
        field,
        member(`authorizer_${field.toLowerCase()}`, [RESOURCE_CHECK, STRING], RESOURCE_CHECK, narrow(field)),
      ),
    ),
    declare(
      'check',
      member('pathcheck_check', [PATH_CHECK, STRING], DECISION, check),
      member('resourcecheck_check', [RESOURCE_CHECK, STRING], DECISION, check),
    ),
    declare(
      'errored',
      member(
        'decision_errored',
        [DECISION],
        BOOL,
        decided(({ error }) => error !== undefined),
      ),
    ),
    declare(
      'error',
      member(
        'decision_error',
        [DECISION],
        STRING,
        decided(({ error }) => error ?? ''),
      ),
    ),
    declare(
      'allowed',
      member(
        'decision_allowed',
        [DECISION],
        BOOL,
        decided(({ allowed }) => allowed),
      ),
    ),
    declare(
      'reason',
      member(
        'decision_reason',
        [DECISION],
        STRING,
        decided(({ reason }) => reason),
      ),
    ),
  ],
};
