import type { GroupVersionKind } from '../../apimachinery/meta/group-version.js';
import type { KubeObject } from '../../apimachinery/meta/object.js';
import { Strategy } from '../rest/strategy.js';

/** Stores what the server itself has made, status and generation included, under the names and fields of another strategy. */
export class AsGivenStrategy extends Strategy {
  override readonly tracksGeneration = false;
  readonly kind: GroupVersionKind;
  readonly namespaced: boolean;

  constructor(private readonly real: Strategy) {
    super();
    this.kind = real.kind;
    this.namespaced = real.namespaced;
  }

  override validateName(name: string, prefix: boolean): string[] {
    return this.real.validateName(name, prefix);
  }

  override selectableFields(object: Readonly<KubeObject>): Record<string, string> {
    return this.real.selectableFields(object);
  }
}
