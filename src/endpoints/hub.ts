import type { KubeObject } from '../apimachinery/meta/object.js';
import type { RequestScope } from './request-scope.js';

type Target = Pick<RequestScope, 'definition' | 'version' | 'whole'>;

/** An object of the request's version in the hub version. */
export function toHub({ definition, version, whole }: Target, object: KubeObject): KubeObject | Promise<KubeObject> {
  const { converter, hubVersion } = definition;
  if (!whole || converter === undefined || version.version === hubVersion) return object;
  return converter.convert(object, version.version, hubVersion);
}

/** An object of the hub version in the request's version. The argument is not changed; the result may be it, so read only. */
export function fromHub(
  { definition, version, whole }: Target,
  object: Readonly<KubeObject>,
): Readonly<KubeObject> | Promise<Readonly<KubeObject>> {
  const { converter, hubVersion } = definition;
  if (!whole || converter === undefined || version.version === hubVersion) return object;
  return converter.convert(structuredClone(object) as KubeObject, hubVersion, version.version);
}

/**
 * An object of the request's version as it comes back from the hub version: conversion may spell things out in other fields (an
 * autoscaler's annotations in v1). The argument is not changed; the result may be it.
 */
export function throughHub(scope: Target, object: KubeObject): KubeObject {
  const { converter, custom, hubVersion } = scope.definition;
  const { version } = scope.version;
  if (converter === undefined || converter.identity || custom || !scope.whole || version === hubVersion) return object;
  const hub = converter.convert(structuredClone(object), version, hubVersion);
  const back = hub instanceof Promise ? hub : converter.convert(hub, hubVersion, version);
  return back instanceof Promise ? object : back;
}

/** Fills in defaults of the request's version, in place. */
export function applyDefaults(
  scope: Pick<RequestScope, 'version' | 'subresource' | 'whole'>,
  object: KubeObject,
): void {
  if (scope.whole) scope.version.applyDefaults(object);
  else scope.subresource?.applyDefaults?.(object);
}
