import { FieldManager, type FieldTarget } from '../apimachinery/managedfields/field-manager.js';
import type { ResourceVersions } from '../apimachinery/managedfields/versions.js';
import { formatGroupVersion, parseGroupVersion } from '../apimachinery/meta/group-version.js';
import type { KubeObject } from '../apimachinery/meta/object.js';
import type { ResourceDefinition } from '../registry/resource-definition.js';
import { FieldManagement } from './field-management.js';
import type { RequestScope } from './request-scope.js';

/** Field management of every resource whose objects are written whole; subresources of other kinds keep what is there. */
export class ManagedFieldManagement extends FieldManagement {
  private readonly manager: FieldManager;

  /** @param now ms since the epoch */
  constructor(now: () => number) {
    super();
    this.manager = new FieldManager(now);
  }

  update(scope: RequestScope, live: Readonly<KubeObject> | undefined, object: KubeObject, manager: string): KubeObject {
    if (!scope.whole) return object;
    return this.manager.update(live, object, manager, targetOf(scope));
  }

  apply(
    scope: RequestScope,
    live: Readonly<KubeObject> | undefined,
    applied: KubeObject,
    manager: string,
    force: boolean,
  ): KubeObject {
    // The merge compares whole objects, so both sides carry their type.
    const typed = live === undefined ? undefined : { apiVersion: scope.apiVersion, kind: scope.kind.kind, ...live };
    return this.manager.apply(typed, applied, manager, force, targetOf(scope));
  }
}

const NO_RESETS = {};

function targetOf({ kind, schema, subresource, definition }: RequestScope): FieldTarget {
  const resetFields =
    subresource === undefined
      ? (definition.strategy?.resetFields() ?? NO_RESETS)
      : (subresource.resetFields ?? NO_RESETS);
  return {
    kind,
    schema,
    subresource: subresource?.name ?? '',
    resetFields,
    ...(definition.versions.length > 1 && { versions: versionsOf(definition) }),
  };
}

function versionsOf(definition: ResourceDefinition): ResourceVersions {
  const nameOf = (apiVersion: string) => parseGroupVersion(apiVersion)?.version ?? '';
  return {
    schemaOf: (apiVersion) =>
      definition.versions.find(({ version }) => formatGroupVersion({ group: definition.group, version }) === apiVersion)
        ?.schema,
    convert: (object, from, to) => {
      const { converter } = definition;
      if (converter === undefined || converter.identity === true) return object;
      const converted = converter.convert(structuredClone(object), nameOf(from), nameOf(to));
      if (converted instanceof Promise) throw new TypeError('owners of other versions need a synchronous conversion');
      return converted;
    },
  };
}
