import { parseGroupVersion } from '../../apimachinery/meta/group-version.js';
import { findResourceType } from '../../client/resource-type.js';
import type { AnyResource } from '../decorators/reconciles.js';

/** A resource in one version, however it was named. */
export interface ResourceKey {
  readonly group: string;
  readonly version: string;
  readonly resource: string;
}

/** @throws TypeError for a class that declares no resource, and for an apiVersion that is none */
export function resourceKeyOf(named: AnyResource): ResourceKey {
  if (typeof named === 'function') {
    const type = findResourceType(named);
    if (type === undefined) throw new TypeError(`${named.name} declares no resource: put @ApiResource({ ... }) on it`);
    return type;
  }
  const groupVersion = parseGroupVersion(named.apiVersion);
  if (groupVersion === undefined) {
    throw new TypeError(`${JSON.stringify(named.apiVersion)} is no apiVersion: write v1, or one such as apps/v1`);
  }
  return { ...groupVersion, resource: named.resource };
}
