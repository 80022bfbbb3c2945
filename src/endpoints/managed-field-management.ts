import { internalError } from '../apimachinery/errors/status-error.js';
import { FieldManager, type FieldTarget } from '../apimachinery/managedfields/field-manager.js';
import { setManagedFields } from '../apimachinery/managedfields/scale-owners.js';
import type { ResourceVersions } from '../apimachinery/managedfields/versions.js';
import { formatGroupVersion, parseGroupVersion } from '../apimachinery/meta/group-version.js';
import type { KubeObject } from '../apimachinery/meta/object.js';
import { encodeJson } from '../apimachinery/runtime/json.js';
import type { ResourceDefinition } from '../registry/resource-definition.js';
import type { Strategy } from '../registry/rest/strategy.js';
import { FieldManagement } from './field-management.js';
import { throughHub } from './hub.js';
import { type RequestScope, schemaOf } from './request-scope.js';

/** Conversions that one write may ask of somebody else, in all: owners x directions, with room to spare. */
const CONVERSIONS_MAX = 200;

/** Kinds of subresources whose own metadata tells of owners. */
const OWNED_PARTS: ReadonlySet<string> = new Set(['Scale', 'TokenRequest']);

/**
 * Field management of every resource whose objects are written whole, and of scales, whose owners the storage brings to those of the
 * resource; subresources of other kinds keep what is there.
 */
export class ManagedFieldManagement extends FieldManagement {
  private readonly manager: FieldManager;

  /** @param now ms since the epoch */
  constructor(now: () => number) {
    super();
    this.manager = new FieldManager(now);
  }

  update(
    scope: RequestScope,
    live: Readonly<KubeObject> | undefined,
    object: KubeObject,
    manager: string,
  ): KubeObject | Promise<KubeObject> {
    if (!scope.whole && !OWNED_PARTS.has(scope.kind.kind)) return object;
    // As upstream, a write goes on where a converter fails: owners stay as they were.
    const unchanged = () => {
      setManagedFields(object, live?.metadata.managedFields);
      return object;
    };
    // What conversion makes of a write is its writer's; what is stored is not converted twice.
    const seen = throughHub(scope, object);
    const run = (target: FieldTarget) => this.manager.update(live, seen, manager, target);
    if (seen === object) return withConversions(scope, run, unchanged);
    setManagedFields(object, run(targetOf(scope, new Map())).metadata.managedFields);
    return object;
  }

  apply(
    scope: RequestScope,
    live: Readonly<KubeObject> | undefined,
    applied: KubeObject,
    manager: string,
    force: boolean,
  ): KubeObject | Promise<KubeObject> {
    // The merge compares whole objects, so both sides carry their type.
    const typed = live === undefined ? undefined : { apiVersion: scope.apiVersion, kind: scope.kind.kind, ...live };
    return withConversions(scope, (target) => this.manager.apply(typed, applied, manager, force, target));
  }
}

/** Thrown through the field manager where a conversion takes time; what it had done so far has no effects. */
class ConversionNeeded extends Error {
  constructor(
    readonly key: string,
    readonly converted: Promise<KubeObject>,
  ) {
    super('a conversion is under way');
  }
}

/**
 * Runs field management; where conversions are remote, again and again until it has all that it asks for.
 * @param failed the answer where a conversion fails; without it, the failure is thrown
 */
function withConversions(
  scope: RequestScope,
  run: (target: FieldTarget) => KubeObject,
  failed?: () => KubeObject,
): KubeObject | Promise<KubeObject> {
  const known = new Map<string, KubeObject>();
  const target = targetOf(scope, known);
  try {
    return run(target);
  } catch (error) {
    if (!(error instanceof ConversionNeeded)) throw error;
    return runAgain(error, known, () => run(target), failed);
  }
}

async function runAgain(
  first: ConversionNeeded,
  known: Map<string, KubeObject>,
  run: () => KubeObject,
  failed: (() => KubeObject) | undefined,
): Promise<KubeObject> {
  let needed = first;
  while (known.size < CONVERSIONS_MAX) {
    try {
      known.set(needed.key, await needed.converted);
    } catch (error) {
      if (failed === undefined) throw error;
      return failed();
    }
    try {
      return run();
    } catch (error) {
      if (!(error instanceof ConversionNeeded)) throw error;
      needed = error;
    }
  }
  throw internalError(`field management needs more than ${CONVERSIONS_MAX} conversions`);
}

const NO_RESETS = {};
const knownResets = new WeakMap<Strategy, FieldTarget['resetFields']>();

/** The same record each time for one strategy. */
function resetFieldsOf(strategy: Strategy | undefined): FieldTarget['resetFields'] {
  if (strategy === undefined) return NO_RESETS;
  let resets = knownResets.get(strategy);
  if (resets === undefined) {
    resets = strategy.resetFields();
    knownResets.set(strategy, resets);
  }
  return resets;
}

function targetOf(scope: RequestScope, known: Map<string, KubeObject>): FieldTarget {
  const { kind, subresource, definition } = scope;
  const resetFields =
    subresource === undefined ? resetFieldsOf(definition.strategy) : (subresource.resetFields ?? NO_RESETS);
  return {
    kind,
    schema: schemaOf(scope),
    subresource: subresource?.name ?? '',
    resetFields,
    ...(scope.whole && definition.versions.length > 1 && { versions: versionsOf(definition, known) }),
  };
}

/** @param known what remote conversions have answered, by the question */
function versionsOf(definition: ResourceDefinition, known: Map<string, KubeObject>): ResourceVersions {
  const nameOf = (apiVersion: string) => parseGroupVersion(apiVersion)?.version ?? '';
  return {
    schemaOf: (apiVersion) =>
      definition.versions.find(({ version }) => formatGroupVersion({ group: definition.group, version }) === apiVersion)
        ?.schema,
    convert: (object, from, to) => {
      const { converter } = definition;
      if (converter === undefined || converter.identity === true) return object;
      const key = known.size === 0 ? '' : questionOf(object, from, to);
      const answered = known.get(key);
      if (answered !== undefined) return structuredClone(answered);
      const converted = converter.convert(structuredClone(object), nameOf(from), nameOf(to));
      if (converted instanceof Promise) throw new ConversionNeeded(key || questionOf(object, from, to), converted);
      return { ...converted, apiVersion: to };
    },
  };
}

function questionOf(object: KubeObject, from: string, to: string): string {
  return `${from} ${to} ${encodeJson(object)}`;
}
