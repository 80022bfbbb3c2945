import type { GroupVersionKind, GroupVersionResource } from '../apimachinery/meta/group-version.js';
import type { JsonObject } from '../apimachinery/meta/json.js';
import type { KubeObject } from '../apimachinery/meta/object.js';
import type { UserInfo } from '../apimachinery/meta/user-info.js';

export type AdmissionOperation = 'CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT';

/** What an admission plugin sees. @see https://kubernetes.io/docs/reference/access-authn-authz/admission-controllers/ */
export interface AdmissionAttributes {
  readonly operation: AdmissionOperation;
  readonly kind: GroupVersionKind;
  readonly resource: GroupVersionResource;
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
  /** New object in the hub version (undefined on DELETE and body-less CONNECT). Mutating plugins change it in place. */
  readonly object: KubeObject | undefined;
  readonly oldObject: Readonly<KubeObject> | undefined;
  readonly options: JsonObject;
  readonly dryRun: boolean;
  readonly user: UserInfo;
  warn(text: string): void;
  annotate(key: string, value: string): void;
}

/** One plugin of the chain. `handles` is asked first and must be cheap; both phases throw StatusErrors to refuse. */
export interface AdmissionPlugin {
  /** As in --enable-admission-plugins. */
  readonly name: string;
  handles(attributes: AdmissionAttributes): boolean;
  mutate?(attributes: AdmissionAttributes): Promise<void> | void;
  validate?(attributes: AdmissionAttributes): Promise<void> | void;
}

/** The chain: mutating plugins in order, then validating ones. With nothing to do it returns undefined at once. */
export abstract class Admission {
  abstract mutate(attributes: AdmissionAttributes): Promise<void> | undefined;
  abstract validate(attributes: AdmissionAttributes): Promise<void> | undefined;
}
