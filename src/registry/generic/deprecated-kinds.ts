import { formatGroupVersion, type GroupVersionKind } from '../../apimachinery/meta/group-version.js';

/** Served kinds that are on their way out: since when, and what takes their place. */
const DEPRECATED: Readonly<Record<string, { readonly since: string; readonly successor?: string }>> = {
  'v1 ComponentStatus': { since: 'v1.19+' },
  'v1 Endpoints': { since: 'v1.33+', successor: 'discovery.k8s.io/v1 EndpointSlice' },
};

/**
 * The warning that every request for the kind brings, or undefined.
 * @see https://kubernetes.io/docs/reference/using-api/deprecation-guide/
 */
export function deprecationOf(kind: GroupVersionKind): string | undefined {
  const name = `${formatGroupVersion(kind)} ${kind.kind}`;
  const deprecated = DEPRECATED[name];
  if (deprecated === undefined) return undefined;
  const { since, successor } = deprecated;
  return `${name} is deprecated in ${since}${successor === undefined ? '' : `; use ${successor}`}`;
}
