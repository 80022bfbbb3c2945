import { parseGroupVersion } from '../../../apimachinery/meta/group-version.js';
import { jsonEqual } from '../../../apimachinery/meta/json.js';
import type { KubeObject, OwnerReference } from '../../../apimachinery/meta/object.js';
import type { AuthorizationResult, Authorizer } from '../../../security/authorization/authorizer.js';
import type { AdmissionAttributes, AdmissionPlugin } from '../../admission.js';
import { refused } from '../../refusal.js';

/** Which resource holds the objects of a kind; undefined where none is served. */
export type ResourceOfKind = (
  group: string,
  kind: string,
) => { readonly resource: string; readonly namespaced: boolean } | undefined;

/**
 * Who says what an object belongs to must be allowed to delete it, for that is what the garbage collector will do in turn; who makes
 * it hold up its owner's deletion must be allowed to do so by a finalizer.
 * @see https://kubernetes.io/docs/reference/access-authn-authz/admission-controllers/#ownerreferencespermissionenforcement
 */
export class OwnerReferencesPermissionEnforcement implements AdmissionPlugin {
  readonly name = 'OwnerReferencesPermissionEnforcement';

  constructor(
    private readonly authorizer: Authorizer,
    private readonly resourceOf: ResourceOfKind,
  ) {}

  handles({ operation, object, oldObject, resource, subresource }: AdmissionAttributes): boolean {
    if (operation !== 'CREATE' && operation !== 'UPDATE') return false;
    if (resource.resource === 'pods' && subresource === 'status') return false;
    return !jsonEqual(ownersOf(object), ownersOf(oldObject));
  }

  async validate(attributes: AdmissionAttributes): Promise<void> {
    const { resource, subresource, namespace, name, object, oldObject } = attributes;
    const deletion = await this.ask(attributes, 'delete', { ...resource, subresource, namespace, name });
    if (deletion.decision !== 'allow') {
      throw refused(attributes, `cannot set an ownerRef on a resource you can't delete: ${why(deletion)}`);
    }
    for (const owner of newlyBlocking(ownersOf(object), ownersOf(oldObject)))
      await this.checkBlocking(attributes, owner);
  }

  private async checkBlocking(attributes: AdmissionAttributes, owner: OwnerReference): Promise<void> {
    const { group = '', version = '' } = parseGroupVersion(owner.apiVersion) ?? {};
    const found = this.resourceOf(group, owner.kind);
    if (found === undefined) {
      throw refused(
        attributes,
        `cannot set blockOwnerDeletion in this case because cannot find RESTMapping for APIVersion ${owner.apiVersion} Kind ${owner.kind}: no matches for kind "${owner.kind}" in version "${owner.apiVersion}"`,
      );
    }
    const answer = await this.ask(attributes, 'update', {
      group,
      version,
      resource: found.resource,
      subresource: 'finalizers',
      namespace: found.namespaced ? attributes.namespace : '',
      name: owner.name,
    });
    if (answer.decision === 'allow') return;
    const text = "cannot set blockOwnerDeletion if an ownerReference refers to a resource you can't set finalizers on";
    throw refused(attributes, `${text}: ${why(answer)}`);
  }

  private ask(
    { user }: AdmissionAttributes,
    verb: string,
    target: Readonly<Record<'group' | 'version' | 'resource' | 'subresource' | 'namespace' | 'name', string>>,
  ): AuthorizationResult | Promise<AuthorizationResult> {
    return this.authorizer.authorize({ user, verb, ...target, resourceRequest: true, path: '' });
  }
}

/** Reason and error, as Go prints them. */
function why({ reason, error }: AuthorizationResult): string {
  return `${reason}, ${error ?? '<nil>'}`;
}

function ownersOf(object: Readonly<KubeObject> | undefined): OwnerReference[] {
  return object?.metadata?.ownerReferences ?? [];
}

function newlyBlocking(now: readonly OwnerReference[], before: readonly OwnerReference[]): OwnerReference[] {
  const blocked = new Set(before.filter(({ blockOwnerDeletion }) => blockOwnerDeletion === true).map(({ uid }) => uid));
  return now.filter(({ blockOwnerDeletion, uid }) => blockOwnerDeletion === true && !blocked.has(uid));
}
