import type { KubeObject } from '../../apimachinery/meta/object.js';
import { type ApiObjectLike, resourceTypeOf } from '../../client/resource-type.js';
import { VersionConverter } from '../../registry/version-converter.js';
import type { ConversionRole, Converts } from '../decorators/conversion.js';

/** A provider with `@Conversion`, and between which classes it converts. */
export interface ClassConversion {
  readonly role: ConversionRole;
  readonly provider: Converts<ApiObjectLike, ApiObjectLike>;
}

type Step = (object: KubeObject) => KubeObject;

/** All conversions of one kind together: between versions that have no converter of their own, the shortest way over others. */
export class ClassConverter extends VersionConverter {
  readonly group: string;
  readonly kind: string;
  /** Steps by version and next version. */
  private readonly steps = new Map<string, Map<string, Step>>();

  constructor(conversions: readonly ClassConversion[]) {
    super();
    const { group, kind } = resourceTypeOf(conversions[0]!.role.from);
    this.group = group;
    this.kind = kind;
    for (const { role, provider } of conversions) {
      const from = resourceTypeOf(role.from).version;
      const to = resourceTypeOf(role.to).version;
      this.addStep(from, to, (object) => provider.convert(object) as KubeObject);
      this.addStep(to, from, (object) => provider.convertBack(object) as KubeObject);
    }
  }

  /** Whether every one of these versions can become every other. */
  joins(versions: readonly string[]): boolean {
    return versions.every((version) => this.way(versions[0]!, version) !== undefined);
  }

  override convert(object: KubeObject, from: string, to: string): KubeObject {
    const way = this.way(from, to);
    if (way === undefined) throw new Error(`no converter leads from ${from} to ${to}`);
    const { metadata } = object;
    return way.reduce((at, { version, step }) => {
      const made = step(at);
      // Who converts names what differs; what every object has goes along.
      return { ...made, metadata: made.metadata ?? metadata, apiVersion: `${this.group}/${version}`, kind: this.kind };
    }, object);
  }

  private way(from: string, to: string): readonly { version: string; step: Step }[] | undefined {
    const known = new Map<string, { version: string; step: Step }[]>([[from, []]]);
    for (const [version, way] of known) {
      if (version === to) return way;
      for (const [next, step] of this.steps.get(version) ?? []) {
        if (!known.has(next)) known.set(next, [...way, { version: next, step }]);
      }
    }
    return undefined;
  }

  private addStep(from: string, to: string, step: Step): void {
    const steps = this.steps.get(from) ?? new Map<string, Step>();
    steps.set(to, step);
    this.steps.set(from, steps);
  }
}
