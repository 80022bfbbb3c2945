/** Names of API types and resources, as in https://kubernetes.io/docs/reference/using-api/api-concepts/. The core group is ''. */
export interface GroupVersion {
  readonly group: string;
  readonly version: string;
}

export interface GroupKind {
  readonly group: string;
  readonly kind: string;
}

export interface GroupVersionKind extends GroupVersion, GroupKind {}

export interface GroupResource {
  readonly group: string;
  /** Plural, lower case: `pods`. */
  readonly resource: string;
}

export interface GroupVersionResource extends GroupVersion, GroupResource {}

/** `v1` for the core group, `apps/v1` for a named one: what objects carry as `apiVersion`. */
export function formatGroupVersion({ group, version }: GroupVersion): string {
  return group === '' ? version : `${group}/${version}`;
}

/** The reverse of {@link formatGroupVersion}; undefined where the text has more than one slash. */
export function parseGroupVersion(apiVersion: string): GroupVersion | undefined {
  const parts = apiVersion.split('/');
  if (parts.length === 1) return { group: '', version: parts[0]! };
  if (parts.length === 2) return { group: parts[0]!, version: parts[1]! };
  return undefined;
}

/** `deployments.apps`, `pods`: how messages name a resource. */
export function formatGroupResource({ group, resource }: GroupResource): string {
  return group === '' ? resource : `${resource}.${group}`;
}

/** `apps/v1, Kind=Deployment`: how messages name a kind. */
export function formatGroupVersionKind(gvk: GroupVersionKind): string {
  return `${gvk.group === '' && gvk.version === '' ? '' : `${gvk.group}/`}${gvk.version}, Kind=${gvk.kind}`;
}
