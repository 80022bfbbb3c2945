import type { Type } from '@nestjs/common';
import type { StatusError } from '../../apimachinery/errors/status-error.js';
import type { UserInfo } from '../../apimachinery/meta/user-info.js';
import type { ApiObjectLike } from '../../client/resource-type.js';
import type { AnyResource } from './reconciles.js';
import { Role } from './roles.js';

export type AdmissionOperation = 'CREATE' | 'UPDATE' | 'DELETE';

export interface AdmissionOptions {
  /** Default: CREATE and UPDATE. */
  readonly operations?: readonly AdmissionOperation[];
  /** Of the resource itself ('') or of subresources by name; default: itself alone. */
  readonly subresources?: readonly string[];
}

/** What a rule is asked about. Objects are in the version of the class, or of the names, that the rule is for. */
export interface AdmissionRequest<T extends ApiObjectLike = ApiObjectLike> {
  readonly operation: AdmissionOperation;
  /** As it would be written; undefined on DELETE. A mutating rule changes it in place. */
  readonly object: T | undefined;
  /** As it is; undefined on CREATE. */
  readonly oldObject: Readonly<T> | undefined;
  /** '' where the name is yet to be generated. */
  readonly name: string;
  readonly namespace: string;
  readonly subresource: string;
  readonly user: UserInfo;
  readonly dryRun: boolean;
  /** The client is shown the text, and nothing is refused. */
  warn(text: string): void;
  /** A refusal to throw: 403 with the reason. */
  denied(reason: string): StatusError;
}

/**
 * What a class with `@Admission` does. Rules that mutate run first, then validation by schema, then rules that validate. What is
 * thrown and is no StatusError is a fault of the plugin: the request is answered with 500.
 */
export interface Admits<T extends ApiObjectLike = ApiObjectLike> {
  mutate?(request: AdmissionRequest<T>): Promise<void> | void;
  validate?(request: AdmissionRequest<T>): Promise<void> | void;
}

export interface AdmissionRole extends AdmissionOptions {
  readonly resources: readonly AnyResource[];
}

export const ADMISSION = new Role<AdmissionRole>('admission');

/** A provider that may change or refuse writes to resources. */
export function Admission(
  resources: AnyResource | readonly AnyResource[],
  options: AdmissionOptions = {},
): (target: Type<Admits<never>>) => void {
  const list = Array.isArray(resources) ? (resources as readonly AnyResource[]) : [resources as AnyResource];
  return ADMISSION.decorate({ ...options, resources: list });
}
