import type { KubeObject } from '../../../apimachinery/meta/object.js';
import type { UserInfo } from '../../../apimachinery/meta/user-info.js';
import type { PolicyRule, RoleRef, Subject } from '../../../apis/rbac/types.js';
import { CompiledRule } from './compiled-rule.js';

/** The four kinds that make up the policy. */
export type PolicyKind = 'Role' | 'ClusterRole' | 'RoleBinding' | 'ClusterRoleBinding';

/** A binding as it concerns one user: through which subject it applies. */
export interface AppliedBinding {
  readonly binding: Binding;
  readonly subject: Subject;
  /** Place of `subject` in the binding. */
  readonly index: number;
}

/** A RoleBinding, or with namespace '' a ClusterRoleBinding. */
export interface Binding {
  readonly name: string;
  readonly namespace: string;
  readonly roleRef: RoleRef;
  readonly subjects: readonly Subject[];
}

/** Bindings of one scope (the cluster or a namespace) by the user or group they name. */
type SubjectIndex = Map<string, AppliedBinding[]>;

const userKey = (name: string): string => `u${name}`;
const groupKey = (name: string): string => `g${name}`;

/**
 * The RBAC policy in the shape that questions need: bindings by scope and subject, rules compiled once. What a question
 * costs depends on the bindings of that user and its groups, not on how many there are. Pure data: it is fed objects and does
 * no I/O. `revision` moves with every change, so caches of answers know when to forget.
 * @see https://kubernetes.io/docs/reference/access-authn-authz/rbac/
 */
export class RbacPolicyIndex {
  private readonly roles = new Map<string, readonly CompiledRule[]>();
  private readonly bindings = new Map<string, Binding>();
  private readonly scopes = new Map<string, SubjectIndex>();
  private changes = 0;

  get revision(): number {
    return this.changes;
  }

  /** Adds an object or replaces the one of that kind, namespace and name. */
  set(kind: PolicyKind, object: Readonly<KubeObject>): void {
    this.remove(kind, object);
    const { name = '', namespace = '' } = object.metadata;
    if (kind === 'Role' || kind === 'ClusterRole') {
      const rules = (object['rules'] ?? []) as PolicyRule[];
      this.roles.set(
        objectKey(namespace, name),
        rules.map((rule) => new CompiledRule(rule)),
      );
    } else {
      this.link({
        name,
        namespace,
        roleRef: object['roleRef'] as RoleRef,
        subjects: (object['subjects'] ?? []) as Subject[],
      });
    }
    this.changes++;
  }

  delete(kind: PolicyKind, object: Readonly<KubeObject>): void {
    this.remove(kind, object);
    this.changes++;
  }

  /**
   * The bindings that concern a user in one scope, in order of name; each once, with the first of its subjects that applies.
   * @param scope '' for ClusterRoleBindings, else the namespace of RoleBindings
   */
  bindingsFor(user: UserInfo, scope: string): readonly AppliedBinding[] {
    const index = this.scopes.get(scope);
    if (index === undefined) return [];
    const lists: AppliedBinding[][] = [];
    const ofUser = index.get(userKey(user.name));
    if (ofUser !== undefined) lists.push(ofUser);
    for (const group of user.groups) {
      const ofGroup = index.get(groupKey(group));
      if (ofGroup !== undefined && !lists.includes(ofGroup)) lists.push(ofGroup);
    }
    return lists.length > 1 ? mergeApplied(lists) : (lists[0] ?? []);
  }

  /** Rules that a reference stands for; undefined where the role does not exist (yet). */
  rulesOf(roleRef: RoleRef, bindingNamespace: string): readonly CompiledRule[] | undefined {
    return this.roles.get(objectKey(roleRef.kind === 'Role' ? bindingNamespace : '', roleRef.name));
  }

  private remove(kind: PolicyKind, object: Readonly<KubeObject>): void {
    const { name = '', namespace = '' } = object.metadata;
    const key = objectKey(namespace, name);
    if (kind === 'Role' || kind === 'ClusterRole') this.roles.delete(key);
    else this.unlink(key);
  }

  private link(binding: Binding): void {
    this.bindings.set(objectKey(binding.namespace, binding.name), binding);
    let scope = this.scopes.get(binding.namespace);
    if (scope === undefined) {
      scope = new Map();
      this.scopes.set(binding.namespace, scope);
    }
    const seen = new Set<string>();
    for (const [index, subject] of binding.subjects.entries()) {
      const key = subjectKey(subject, binding.namespace);
      if (key === undefined || seen.has(key)) continue;
      seen.add(key);
      const list = scope.get(key);
      const applied = { binding, subject, index };
      if (list === undefined) scope.set(key, [applied]);
      else list.splice(placeOf(list, binding.name), 0, applied);
    }
  }

  private unlink(key: string): void {
    const binding = this.bindings.get(key);
    if (binding === undefined) return;
    this.bindings.delete(key);
    const scope = this.scopes.get(binding.namespace);
    if (scope === undefined) return;
    for (const subject of binding.subjects) {
      const name = subjectKey(subject, binding.namespace);
      const list = name === undefined ? undefined : scope.get(name);
      if (name === undefined || list === undefined) continue;
      const at = placeOf(list, binding.name);
      if (list[at]?.binding === binding) list.splice(at, 1);
      if (list.length === 0) scope.delete(name);
    }
    if (scope.size === 0) this.scopes.delete(binding.namespace);
  }
}

function objectKey(namespace: string, name: string): string {
  return `${namespace}/${name}`;
}

/** A service account is a user with a name of its own; a subject without namespace lives beside its binding. */
function subjectKey(subject: Subject, bindingNamespace: string): string | undefined {
  switch (subject.kind) {
    case 'User':
      return userKey(subject.name);
    case 'Group':
      return groupKey(subject.name);
    case 'ServiceAccount': {
      const namespace = subject.namespace || bindingNamespace;
      return namespace === '' ? undefined : userKey(`system:serviceaccount:${namespace}:${subject.name}`);
    }
    default:
      return undefined;
  }
}

/** First place in a list ordered by binding name whose name is not before `name`. */
function placeOf(list: readonly AppliedBinding[], name: string): number {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (list[middle]!.binding.name < name) low = middle + 1;
    else high = middle;
  }
  return low;
}

function mergeApplied(lists: readonly (readonly AppliedBinding[])[]): AppliedBinding[] {
  const first = new Map<Binding, AppliedBinding>();
  for (const list of lists) {
    for (const applied of list) {
      const known = first.get(applied.binding);
      if (known === undefined || applied.index < known.index) first.set(applied.binding, applied);
    }
  }
  return [...first.values()].sort((a, b) => (a.binding.name < b.binding.name ? -1 : 1));
}
