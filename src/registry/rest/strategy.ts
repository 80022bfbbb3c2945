import type { GroupVersionKind } from '../../apimachinery/meta/group-version.js';
import type { KubeObject } from '../../apimachinery/meta/object.js';
import type { FieldError } from '../../apimachinery/validation/field-error.js';
import type { RestContext } from './context.js';
import type { DeleteOptions } from './storage.js';

/** Ends what was begun for a write. The answer waits for a promise. */
export type Finish = (success: boolean) => void | Promise<void>;

/**
 * What no schema says about a kind: the policy half of the generic store, as in kube-apiserver's rest.RESTCreateStrategy
 * and friends. Methods get the object in the hub version, decoded and defaulted. `prepare*` may change `object`;
 * nothing may change `old`. `validate*` changes nothing and returns every fault at once, in upstream's order.
 *
 * A strategy does no I/O, except for allocators that its constructor receives.
 * @see https://github.com/kubernetes/apiserver/blob/v0.37.2/pkg/registry/rest/create_update.go
 */
export abstract class Strategy {
  /** Hub kind, for messages. */
  abstract readonly kind: GroupVersionKind;
  abstract readonly namespaced: boolean;

  /** PUT to a name that is not there creates it. */
  readonly allowCreateOnUpdate: boolean = false;
  /** PUT without resourceVersion replaces whatever is there. */
  readonly allowUnconditionalUpdate: boolean = true;
  /** DELETE answers with the object it removed instead of a Status. */
  readonly returnsDeletedObject: boolean = false;
  /** generation starts at 1 and follows `prepareForUpdate`; false: a client's value is kept as sent. */
  readonly tracksGeneration: boolean = true;
  /** Finalizers without a domain are refused unless Kubernetes knows them; false for custom resources and the extension groups. */
  readonly standardFinalizers: boolean = true;
  /** First word of what is told of a precondition that fails, in kinds that delete in their own way; undefined: the general words. */
  readonly preconditionWord: string | undefined = undefined;
  /** Whether garbage collection may be asked to orphan or cascade (events cannot own). */
  readonly defaultPropagation: 'Background' | 'Orphan' | 'Unsupported' = 'Background';

  /** Fields a write through this endpoint never touches, as dotted paths by API version: `{ 'apps/v1': ['status'] }`. */
  resetFields(): Readonly<Record<string, readonly string[]>> {
    return {};
  }

  /** Clears what clients may not set on create (status) and fills in what the server owns. */
  prepareForCreate(_ctx: RestContext, _object: KubeObject): void {}

  /** Validation of the kind's own fields; metadata is checked by the store. `validateName` names the rule for metadata.name. */
  validateCreate(_ctx: RestContext, _object: Readonly<KubeObject>): FieldError[] {
    return [];
  }

  warningsOnCreate(_ctx: RestContext, _object: Readonly<KubeObject>): string[] {
    return [];
  }

  /** Keeps what an update may not touch (status) and moves metadata.generation on when the spec changed. */
  prepareForUpdate(_ctx: RestContext, _object: KubeObject, _old: Readonly<KubeObject>): void {}

  validateUpdate(_ctx: RestContext, _object: Readonly<KubeObject>, _old: Readonly<KubeObject>): FieldError[] {
    return [];
  }

  warningsOnUpdate(_ctx: RestContext, _object: Readonly<KubeObject>, _old: Readonly<KubeObject>): string[] {
    return [];
  }

  /** The last touch before storing, after validation: normal forms only, nothing a client could see refused. */
  canonicalize(_object: KubeObject): void {}

  /** Text of the fault in metadata.name, one per broken rule; `prefix` when it is a generateName. */
  abstract validateName(name: string, prefix: boolean): string[];

  /** Runs after validation and before the write, with the object that will be stored; may allocate (cluster IPs). Returns how to undo it. */
  beginCreate(_ctx: RestContext, _object: KubeObject, _dryRun: boolean): undefined | Finish {
    return undefined;
  }

  beginUpdate(
    _ctx: RestContext,
    _object: KubeObject,
    _old: Readonly<KubeObject>,
    _dryRun: boolean,
  ): undefined | Finish {
    return undefined;
  }

  /** The object is gone; the answer waits for a promise. */
  afterDelete(_object: Readonly<KubeObject>): void | Promise<void> {}

  /**
   * For kinds that go gracefully (pods): sets options.gracePeriodSeconds to what shall be waited and returns true; false for
   * kinds that go at once.
   */
  checkGracefulDelete(_ctx: RestContext, _object: Readonly<KubeObject>, _options: DeleteOptions): boolean {
    return false;
  }

  /** @throws StatusError where nobody may delete the object of that name. A deletion of all does not ask. */
  checkDelete(_name: string): void {}

  /** What who deletes should know, whatever becomes of it. */
  warningsOnDelete(_options: Readonly<DeleteOptions>): string[] {
    return [];
  }

  /** Whether an object that is marked for deletion and has no finalizers in metadata may go (namespaces have some in spec too). */
  deletesWhenReleased(_object: Readonly<KubeObject>): boolean {
    return true;
  }

  /** Called once an object is marked for deletion but stays for now (namespaces become Terminating). */
  markedForDeletion(_object: KubeObject): void {}

  /** Values for field selectors beyond metadata.name and metadata.namespace: `{ 'spec.nodeName': ... }`. Every key is always present. */
  selectableFields(_object: Readonly<KubeObject>): Record<string, string> {
    return {};
  }
}
