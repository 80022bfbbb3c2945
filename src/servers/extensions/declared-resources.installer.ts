import type { GroupVersionKind } from '../../apimachinery/meta/group-version.js';
import type { JsonObject } from '../../apimachinery/meta/json.js';
import type { TableConvertor } from '../../apimachinery/table/table.js';
import { StartError } from '../../config/start-error.js';
import type { CrdColumn } from '../../registry/apiextensions/crd.js';
import type { DeclaredResource, DeclaredRules } from '../../registry/declared-resource.js';
import type { ResourceRegistry } from '../../registry/resource-registry.js';
import type { ServedResource } from '../../registry/served-resource.js';
import type { Collection, Storage } from '../../storage/storage.js';
import type { CreateConverter, CreateStore } from './custom-resource-builder.js';
import { CustomResourceBuilder } from './custom-resource-builder.js';
import { DefinitionSource } from './definition-source.js';
import { type CompiledSchema, SchemaEngine } from './schema-engine.js';
import { ServedCustomResources } from './served-custom-resources.js';

/** What installs declared resources needs of the server. */
export interface InstallerParts {
  readonly registry: ResourceRegistry;
  readonly storage: Storage;
  readonly engine: SchemaEngine;
  readonly createConverter: CreateConverter;
  readonly createStore: CreateStore;
  /** The stored CustomResourceDefinitions: no name may be declared twice. */
  readonly crds: () => Collection;
}

/** Serves what code declares, with the very builder that serves CustomResourceDefinitions. */
export class DeclaredResourceInstaller {
  private readonly installed: DeclaredResource[] = [];

  constructor(private readonly parts: InstallerParts) {}

  /** @throws StartError where something else has the resource's names */
  async install(resources: readonly DeclaredResource[]): Promise<void> {
    for (const resource of resources) {
      this.checkNames(resource);
      if (resource.backing === undefined) await this.serveStored(resource);
      else this.serveBacked(resource, resource.backing);
      this.installed.push(resource);
    }
  }

  close(): void {
    for (const { backing } of this.installed) backing?.close();
  }

  private async serveStored(resource: DeclaredResource): Promise<void> {
    const { registry, storage, createStore } = this.parts;
    const { group, names } = resource.crd.spec;
    const served = new ServedCustomResources(registry, storage, this.builderOf(resource), createStore);
    await served.serve(resource.crd);
    registry.set('extensions', this.withSubresources(resource, registry.find(group, names.plural)!));
  }

  private serveBacked(resource: DeclaredResource, backing: NonNullable<DeclaredResource['backing']>): void {
    const source = new DefinitionSource(resource.crd, () => resource.crd);
    const { definition, strategy } = this.builderOf(resource).plan(resource.crd, source)!;
    const { strategy: _stored, ...unstored } = definition;
    const served = { definition: unstored, storage: backing.open(strategy), subresources: new Map() };
    this.parts.registry.set('extensions', this.withSubresources(resource, served));
  }

  private builderOf({ rules }: DeclaredResource): CustomResourceBuilder {
    return new CustomResourceBuilder(new RuledSchemaEngine(this.parts.engine, rules), this.parts.createConverter);
  }

  private withSubresources(resource: DeclaredResource, served: ServedResource): ServedResource {
    if (resource.subresources.length === 0) return served;
    const more = (own: ServedResource): ServedResource => {
      const made = resource.subresources.map((each) => [each.name, each] as const);
      return { ...own, subresources: new Map([...own.subresources, ...made]) };
    };
    const inVersion = [...(served.inVersion ?? [])].map(([version, own]) => [version, more(own)] as const);
    return { ...more(served), ...(served.inVersion && { inVersion: new Map(inVersion) }) };
  }

  private checkNames({ owner, crd }: DeclaredResource): void {
    const { registry, crds } = this.parts;
    const { group, names } = crd.spec;
    const name = `${names.plural}.${group}`;
    if (crds().get(name) !== undefined) {
      throw new StartError(
        `${owner} declares ${name}, and so does a stored CustomResourceDefinition: delete it first (kubectl delete crd ${name}, which deletes its objects too), or choose another group`,
      );
    }
    const other = registry.find(group, names.plural) ?? registry.findKind(group, names.kind);
    if (other !== undefined) {
      throw new StartError(
        `${owner} declares ${names.kind} of ${group}, which is served already: choose another group or kind`,
      );
    }
  }
}

/** A schema engine whose schemas are judged by a resource's own rules too. */
class RuledSchemaEngine extends SchemaEngine {
  constructor(
    private readonly inner: SchemaEngine,
    private readonly rules: ReadonlyMap<string, DeclaredRules>,
  ) {
    super();
  }

  override compile(source: JsonObject, kind: GroupVersionKind): CompiledSchema {
    const compiled = this.inner.compile(source, kind);
    const rules = this.rules.get(kind.version);
    if (rules === undefined) return compiled;
    return {
      ...compiled,
      validate: (object, old, others, warn) => {
        const faults = compiled.validate(object, old, others, warn);
        // Rules may take for granted what the schema says.
        return faults.length > 0 ? faults : rules(object);
      },
    };
  }

  override table(columns: readonly CrdColumn[]): TableConvertor {
    return this.inner.table(columns);
  }

  override scale(): ReturnType<SchemaEngine['scale']> {
    return this.inner.scale();
  }
}
