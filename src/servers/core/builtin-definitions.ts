import { parseGroupVersion } from '../../apimachinery/meta/group-version.js';
import type { KubeObject } from '../../apimachinery/meta/object.js';
import { DEFAULT_TABLE } from '../../apimachinery/table/default-table.js';
import type { BuiltinResource, Catalogue } from '../../apis/catalogue.js';
import { builtinCodec } from '../../registry/builtin-codec.js';
import { deprecationOf } from '../../registry/generic/deprecated-kinds.js';
import { GenericStrategy, type KindTraits } from '../../registry/generic/generic-strategy.js';
import type { KindPolicy, PolicyEnvironment, TableConvertors } from '../../registry/kind-policy.js';
import type { ResourceDefinition, ResourceVersion } from '../../registry/resource-definition.js';
import type { RestStorage } from '../../registry/rest/storage.js';
import type { Strategy } from '../../registry/rest/strategy.js';

/** One built-in resource over all its versions, with the policy of its kind if it has one. */
export interface BuiltinKind {
  readonly definition: ResourceDefinition;
  readonly strategy: Strategy;
  readonly policy: KindPolicy | undefined;
  readonly traits: KindTraits;
  /** As the facts list it, by version. */
  readonly facts: readonly BuiltinResource[];
  /** Of all kinds: subresources may speak another kind than their parent. */
  readonly tables: TableConvertors;
}

/** Verbs that only make sense for objects that are stored. */
const STORED_VERB = 'watch';

export function isStored(facts: BuiltinResource): boolean {
  return facts.verbs.includes(STORED_VERB);
}

/** Compiles the facts and the policies into what the generic server registers. Nothing is read or opened. */
export class BuiltinDefinitions {
  private readonly policies: ReadonlyMap<string, KindPolicy>;

  constructor(
    private readonly catalogue: Catalogue,
    policies: readonly KindPolicy[],
    private readonly tables: TableConvertors,
    private readonly environment: PolicyEnvironment,
  ) {
    this.policies = new Map(policies.map((policy) => [`${policy.group}/${policy.resource}`, policy]));
  }

  /** Every resource that is stored. */
  stored(): BuiltinKind[] {
    const byName = new Map<string, BuiltinResource[]>();
    for (const facts of this.catalogue.builtinResources()) {
      if (!isStored(facts)) continue;
      const key = `${parseGroupVersion(facts.groupVersion)!.group}/${facts.resource}`;
      byName.set(key, [...(byName.get(key) ?? []), facts]);
    }
    return [...byName].map(([key, facts]) => this.build(this.policies.get(key), facts));
  }

  /** Every resource that is answered without being stored, as far as somebody answers it. */
  computed(storages: ReadonlyMap<string, RestStorage>): { definition: ResourceDefinition; storage: RestStorage }[] {
    return this.catalogue.builtinResources().flatMap((facts) => {
      const { group } = parseGroupVersion(facts.groupVersion)!;
      const storage = storages.get(`${group}/${facts.resource}`);
      if (isStored(facts) || storage === undefined) return [];
      return [{ definition: definitionOf([facts], group, [this.version(facts, undefined)]), storage }];
    });
  }

  private build(policy: KindPolicy | undefined, facts: readonly BuiltinResource[]): BuiltinKind {
    const first = facts[0]!;
    const { group } = parseGroupVersion(first.groupVersion)!;
    const served = facts.map((each) => parseGroupVersion(each.groupVersion)!.version);
    const hubVersion = policy?.hubVersion ?? served[0]!;
    const namespaced = first.scope === 'Namespaced';
    const traits: KindTraits = {
      kind: { group, version: hubVersion, kind: first.kind },
      namespaced,
      hasStatus: first.subresources?.some((sub) => sub.name === 'status') ?? false,
      apiVersions: facts.map((each) => each.groupVersion),
    };
    const strategy = policy?.strategy(this.environment) ?? new GenericStrategy(traits);
    const convert = policy?.convert;
    const versions = facts.map((each) => this.version(each, policy));
    const definition: ResourceDefinition = {
      ...definitionOf(facts, group, versions),
      hubVersion,
      ...(convert && { converter: { convert } }),
      strategy,
      selectableFields: Object.keys(strategy.selectableFields({ metadata: {} })),
    };
    return { definition, strategy, policy, traits, facts, tables: this.tables };
  }

  private version(facts: BuiltinResource, policy: KindPolicy | undefined): ResourceVersion {
    const { group, version } = parseGroupVersion(facts.groupVersion)!;
    const schema = this.catalogue.schemaOfKind({ group, version, kind: facts.kind });
    const codec = builtinCodec(schema);
    const more = policy?.defaults?.[version];
    const deprecationWarning = deprecationOf({ group, version, kind: facts.kind });
    return {
      version,
      schema,
      codec,
      applyDefaults: (object: KubeObject) => {
        codec.applyDefaults(object);
        more?.(object);
      },
      table: this.tables.get(`${facts.groupVersion}/${facts.resource}`) ?? DEFAULT_TABLE,
      ...(deprecationWarning !== undefined && { deprecationWarning }),
    };
  }
}

/** What the facts alone say of a resource. */
function definitionOf(
  facts: readonly BuiltinResource[],
  group: string,
  versions: readonly ResourceVersion[],
): ResourceDefinition {
  const first = facts[0]!;
  return {
    group,
    resource: first.resource,
    singular: first.singular,
    kind: first.kind,
    listKind: `${first.kind}List`,
    namespaced: first.scope === 'Namespaced',
    shortNames: first.shortNames ?? [],
    categories: first.categories ?? [],
    hubVersion: versions[0]!.version,
    versions,
    custom: false,
    selectableFields: [],
  };
}
