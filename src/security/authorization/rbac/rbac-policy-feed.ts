import type { KubeObject } from '../../../apimachinery/meta/object.js';
import type { PolicyKind, RbacPolicyIndex } from './rbac-policy-index.js';

/** The objects of one resource: what is there now and every later change, without gaps. */
export interface ObjectSource {
  /** Calls `set` for everything that is there before it returns, then `set` and `delete` as things change. Returns how to stop. */
  subscribe(handler: {
    set(object: Readonly<KubeObject>): void;
    delete(object: Readonly<KubeObject>): void;
  }): () => void;
}

/** Keeps a policy index up to date with the stored roles and bindings. Ready as soon as `start` returns. */
export class RbacPolicyFeed {
  private readonly stops: (() => void)[] = [];

  constructor(private readonly policy: RbacPolicyIndex) {}

  start(sources: Readonly<Record<PolicyKind, ObjectSource>>): void {
    for (const kind of Object.keys(sources) as PolicyKind[]) {
      this.stops.push(
        sources[kind].subscribe({
          set: (object) => this.policy.set(kind, object),
          delete: (object) => this.policy.delete(kind, object),
        }),
      );
    }
  }

  stop(): void {
    for (const stop of this.stops.splice(0)) stop();
  }
}
