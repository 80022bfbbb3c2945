import { Injectable } from '@nestjs/common';
import { plainError } from '../apimachinery/errors/status-error.js';
import { formatGroupVersion, formatGroupVersionKind, type GroupKind } from '../apimachinery/meta/group-version.js';
import type { KubeObject } from '../apimachinery/meta/object.js';
import { keepIdentity } from './converted-object.js';
import type { ObjectConverter } from './resource-definition.js';

/**
 * Converts objects of one kind between its versions, in this process: what a plugin writes in TypeScript instead of a conversion webhook.
 * It comes before `spec.conversion` of a CustomResourceDefinition.
 *
 * The rules are the webhook's: kind, name, namespace and uid stay, of the metadata only labels and annotations may change, and a
 * round trip over any version should lose nothing, since any version may be the stored one. For custom resources, the server prunes the
 * result by the target version's schema and fills in that version's defaults.
 * @see https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definition-versioning/
 */
export abstract class VersionConverter implements GroupKind {
  abstract readonly group: string;
  abstract readonly kind: string;

  /**
   * @param object the caller's own, with apiVersion and kind of version `from`: it may be changed and returned, in parts or as a whole
   * @param from a version of the kind (`v1beta1`), never equal to `to`
   * @returns the object in version `to`; its apiVersion and kind need not be set
   * @throws Error whose message the client is told with a 500
   */
  abstract convert(object: KubeObject, from: string, to: string): KubeObject | Promise<KubeObject>;
}

/**
 * The converters that plugins brought, one a kind. Bring yours in a constructor or in `onModuleInit`: custom resources are served from
 * `onApplicationBootstrap` on.
 */
@Injectable()
export class VersionConverters {
  private readonly converters = new Map<string, VersionConverter>();
  /** Kinds that are served already, with or without a converter. */
  private readonly asked = new Set<string>();

  /** @throws Error where the kind has a converter or is served already */
  add(converter: VersionConverter): void {
    const key = keyOf(converter);
    if (this.converters.has(key)) throw new Error(`${key} has a converter already`);
    if (this.asked.has(key)) throw new Error(`${key} is served already: add its converter in onModuleInit`);
    this.converters.set(key, converter);
  }

  /** The converter of a kind, as what serves it needs it. */
  find(kind: GroupKind): ObjectConverter | undefined {
    const key = keyOf(kind);
    this.asked.add(key);
    const converter = this.converters.get(key);
    return converter && new InProcessConverter(converter);
  }
}

const keyOf = ({ group, kind }: GroupKind): string => `${kind}.${group}`;

/**
 * Joins a plugin's converter to a definition (`ResourceDefinition.converter`), and holds it to the rules of conversion.
 * @throws StatusError 500 from its methods, where the converter throws or breaks a rule
 */
export class InProcessConverter implements ObjectConverter {
  constructor(private readonly converter: VersionConverter) {}

  convert(object: KubeObject, from: string, to: string): KubeObject | Promise<KubeObject> {
    if (from === to) return object;
    try {
      const made = this.converter.convert(this.given(object, from), from, to);
      if (!(made instanceof Promise)) return this.accept(object, made, from, to);
      return made
        .then((converted) => this.accept(object, converted, from, to))
        .catch((error) => this.fail(error, from));
    } catch (error) {
      return this.fail(error, from);
    }
  }

  convertAll(objects: KubeObject[], from: string, to: string): Promise<KubeObject[]> {
    return Promise.all(objects.map(async (object) => this.convert(object, from, to)));
  }

  /** Metadata is a copy, so that what may not change cannot. */
  private given(object: KubeObject, from: string): KubeObject {
    const { group, kind } = this.converter;
    const metadata = structuredClone(object.metadata);
    return { ...object, apiVersion: formatGroupVersion({ group, version: from }), kind, metadata };
  }

  private accept(original: KubeObject, converted: KubeObject, from: string, to: string): KubeObject {
    const { group, kind } = this.converter;
    if (converted.kind !== undefined && converted.kind !== kind) {
      throw new Error(`the object has another kind: ${kind} != ${converted.kind}`);
    }
    const target = formatGroupVersion({ group, version: to });
    const named = converted.apiVersion;
    if (named !== undefined && named !== target && named !== formatGroupVersion({ group, version: from })) {
      throw new Error(`the object has another version: ${target} != ${named}`);
    }
    const kept = keepIdentity(original, converted, { identity: 'the object', metadata: 'the object' });
    // The type travels as it came: with the object, or with its definition.
    if (original.kind === undefined) delete kept.kind;
    else kept.kind = kind;
    if (original.apiVersion === undefined) delete kept.apiVersion;
    else kept.apiVersion = target;
    return kept;
  }

  private fail(error: unknown, version: string): never {
    const { group, kind } = this.converter;
    const text = error instanceof Error ? error.message : String(error);
    throw plainError(`conversion of ${formatGroupVersionKind({ group, version, kind })} failed: ${text}`);
  }
}
