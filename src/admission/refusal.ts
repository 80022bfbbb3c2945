import { forbidden, type StatusError } from '../apimachinery/errors/status-error.js';
import type { AdmissionAttributes } from './admission.js';

/**
 * 403 about the object of the request; an object whose name is yet to be generated is named by its prefix.
 * @see https://pkg.go.dev/k8s.io/apiserver/pkg/admission#NewForbidden
 */
export function refused({ resource, name, object }: AdmissionAttributes, text: string): StatusError {
  const shown = name || object?.metadata?.name || object?.metadata?.generateName || 'Unknown';
  return forbidden(resource, shown, text);
}

/** Several faults as one text, as Go's aggregate errors print: repeats once, brackets around more than one. */
export function aggregateText(texts: readonly string[]): string {
  const distinct = [...new Set(texts)];
  return distinct.length === 1 ? distinct[0]! : `[${distinct.join(', ')}]`;
}

/** Whether the request is about this resource itself, not about a subresource. */
export function isWhole({ resource, subresource }: AdmissionAttributes, group: string, name: string): boolean {
  return resource.resource === name && resource.group === group && subresource === '';
}
