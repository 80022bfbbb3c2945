import { forbidden, notFound } from '../../apimachinery/errors/status-error.js';
import type { GroupResource } from '../../apimachinery/meta/group-version.js';
import { type JsonObject, jsonEqual } from '../../apimachinery/meta/json.js';
import type { KubeObject } from '../../apimachinery/meta/object.js';
import { SYSTEM_MASTERS, type UserInfo } from '../../apimachinery/meta/user-info.js';
import { type PolicyRule, RBAC_GROUP, type RoleRef } from '../../apis/rbac/types.js';
import type { EscalationCheck } from '../authorization/security-ports.js';
import type { ResourceStore } from '../resource-store.js';
import type { RestContext } from '../rest/context.js';
import type {
  DeleteOptions,
  ListOptions,
  RestStorage,
  UpdateOptions,
  UpdateRequest,
  WatchOptions,
  WatchSink,
  WriteOptions,
} from '../rest/storage.js';

/** All rights there are: what an aggregation rule may come to. */
const FULL_AUTHORITY: readonly PolicyRule[] = [
  { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
  { verbs: ['*'], nonResourceURLs: ['*'] },
];

/** Looks at what is about to be written. `name` is the request's: '' on create. @throws StatusError Forbidden, NotFound */
export type WriteCheck = (
  ctx: RestContext,
  name: string,
  object: Readonly<KubeObject>,
  old: Readonly<KubeObject> | undefined,
) => Promise<void>;

/**
 * The store of roles or bindings behind a check that nobody grants more than they hold. Reads and deletes pass.
 * @see https://kubernetes.io/docs/reference/access-authn-authz/rbac/#privilege-escalation-prevention-and-bootstrapping
 */
export class GuardedStorage implements Required<Omit<RestStorage, 'connection' | 'direct'>> {
  constructor(
    /** The store without the check: what the server itself writes to. */
    readonly guarded: ResourceStore,
    private readonly check: WriteCheck,
  ) {}

  get(ctx: RestContext, name: string) {
    return this.guarded.get(ctx, name);
  }

  list(ctx: RestContext, options: ListOptions) {
    return this.guarded.list(ctx, options);
  }

  watch(ctx: RestContext, options: WatchOptions, sink: WatchSink) {
    return this.guarded.watch(ctx, options, sink);
  }

  async create(ctx: RestContext, name: string, object: KubeObject, options: WriteOptions) {
    await this.check(ctx, '', object, undefined);
    return this.guarded.create(ctx, name, object, options);
  }

  update(ctx: RestContext, name: string, request: UpdateRequest, options: UpdateOptions) {
    const checked: UpdateRequest = async (existing, inner) => {
      const object = await request(existing, inner);
      if (existing === undefined || !onlyFreesForDeletion(object, existing)) {
        await this.check(ctx, name, object, existing);
      }
      return object;
    };
    return this.guarded.update(ctx, name, checked, options);
  }

  delete(ctx: RestContext, name: string, options: DeleteOptions, write: WriteOptions) {
    return this.guarded.delete(ctx, name, options, write);
  }

  deleteCorrupt(ctx: RestContext, name: string, write: Pick<WriteOptions, 'dryRun'>) {
    return this.guarded.deleteCorrupt(ctx, name, write);
  }

  deleteCollection(ctx: RestContext, options: DeleteOptions, list: ListOptions, write: WriteOptions) {
    return this.guarded.deleteCollection(ctx, options, list, write);
  }
}

/** Gives the check when it is needed; without one only superusers may write. */
export type EscalationSource = () => EscalationCheck | undefined;

/** The check to make for this user, undefined for those who need none. @throws StatusError Forbidden where there is no check */
function checkFor(source: EscalationSource, user: UserInfo, kind: GroupResource): EscalationCheck | undefined {
  const escalation = source();
  if (escalation !== undefined) return escalation.isExempt(user) ? undefined : escalation;
  if (user.groups.includes(SYSTEM_MASTERS)) return undefined;
  throw forbidden(kind, '', 'rights cannot be checked yet');
}

/** Roles: the rules must be held, or `escalate` on the role. */
export function roleCheck(source: EscalationSource, resource: 'roles' | 'clusterroles'): WriteCheck {
  const kind = { group: RBAC_GROUP, resource };
  return async (ctx, name, role, old) => {
    const { user, namespace } = ctx;
    const escalation = checkFor(source, user, kind);
    if (escalation === undefined || (await escalation.mayEscalate(user, resource, namespace, name))) return;
    const object = role.metadata.name ?? '';
    const refusal = escalation.refusal(user, namespace, (role['rules'] ?? []) as PolicyRule[]);
    if (refusal !== undefined) throw forbidden(kind, object, refusal);
    if (resource !== 'clusterroles' || !(aggregates(role) || (old !== undefined && aggregates(old)))) return;
    if (escalation.refusal(user, namespace, FULL_AUTHORITY) !== undefined) {
      throw forbidden(kind, object, 'must have cluster-admin privileges to use the aggregationRule');
    }
  };
}

/** Bindings: the rules of the role must be held, or `bind` on the role. */
export function bindingCheck(source: EscalationSource, resource: 'rolebindings' | 'clusterrolebindings'): WriteCheck {
  const kind = { group: RBAC_GROUP, resource };
  return async ({ user, namespace }, _name, binding) => {
    const escalation = checkFor(source, user, kind);
    if (escalation === undefined) return;
    const { kind: refKind = '', name = '', ...rest } = (binding['roleRef'] ?? {}) as Partial<RoleRef>;
    const roleRef: RoleRef = { ...rest, kind: refKind, name };
    if (await escalation.mayBind(user, roleRef, namespace)) return;
    const rules = escalation.rulesOf(roleRef, namespace);
    // Upstream names the binding's resource here, not the role's.
    if (rules === undefined) throw notFound(kind, name);
    const refusal = escalation.refusal(user, namespace, rules);
    if (refusal !== undefined) throw forbidden(kind, binding.metadata.name ?? '', refusal);
  };
}

function aggregates(role: Readonly<KubeObject>): boolean {
  const rule = role['aggregationRule'] as JsonObject | null | undefined;
  return rule !== null && rule !== undefined;
}

/** Whether only owners and finalizers differ: the garbage collector needs no rights for that. */
function onlyFreesForDeletion(object: Readonly<KubeObject>, old: Readonly<KubeObject>): boolean {
  return jsonEqual(withoutLinks(object), withoutLinks(old));
}

function withoutLinks({ metadata, apiVersion: _a, kind: _k, ...rest }: Readonly<KubeObject>): JsonObject {
  const { ownerReferences: _o, finalizers: _f, managedFields: _m, ...meta } = metadata;
  return { ...rest, metadata: meta };
}
