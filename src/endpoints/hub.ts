import type { KubeObject } from '../apimachinery/meta/object.js';
import type { RequestScope } from './request-scope.js';

type Target = Pick<RequestScope, 'definition' | 'version' | 'whole'>;

/** An object of the request's version in the hub version. */
export function toHub({ definition, version, whole }: Target, object: KubeObject): KubeObject | Promise<KubeObject> {
  const { converter, hubVersion } = definition;
  if (!whole || converter === undefined || version.version === hubVersion) return object;
  return converter.convert(object, version.version, hubVersion);
}

/** An object of the hub version in the request's version; the argument is not changed. */
export function fromHub(
  { definition, version, whole }: Target,
  object: Readonly<KubeObject>,
): KubeObject | Promise<KubeObject> {
  const { converter, hubVersion } = definition;
  if (!whole) return structuredClone(object) as KubeObject;
  const copy = structuredClone(object) as KubeObject;
  if (converter === undefined || version.version === hubVersion) return copy;
  return converter.convert(copy, hubVersion, version.version);
}

/** Fills in defaults of the request's version, in place. */
export function applyDefaults(
  scope: Pick<RequestScope, 'version' | 'subresource' | 'whole'>,
  object: KubeObject,
): void {
  if (scope.whole) scope.version.applyDefaults(object);
  else scope.subresource?.applyDefaults?.(object);
}
