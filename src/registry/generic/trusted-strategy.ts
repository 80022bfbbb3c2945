import type { KubeObject } from '../../apimachinery/meta/object.js';
import type { RestContext } from '../rest/context.js';
import type { DeleteOptions } from '../rest/storage.js';
import { Strategy } from '../rest/strategy.js';

/**
 * Writes that the server itself makes up from a stored object (binding, eviction, scale): nothing is prepared or judged again,
 * everything else is as the kind's own strategy says.
 */
export class TrustedStrategy extends Strategy {
  readonly kind;
  readonly namespaced;
  override readonly returnsDeletedObject;
  /** The stored generation stays. */
  override readonly tracksGeneration = true;

  constructor(private readonly main: Strategy) {
    super();
    this.kind = main.kind;
    this.namespaced = main.namespaced;
    this.returnsDeletedObject = main.returnsDeletedObject;
  }

  override validateName(name: string, prefix: boolean): string[] {
    return this.main.validateName(name, prefix);
  }

  override checkGracefulDelete(ctx: RestContext, object: Readonly<KubeObject>, options: DeleteOptions): boolean {
    return this.main.checkGracefulDelete(ctx, object, options);
  }

  override selectableFields(object: Readonly<KubeObject>): Record<string, string> {
    return this.main.selectableFields(object);
  }
}
