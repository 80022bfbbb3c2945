import { entriesOf } from '../../apimachinery/validation/entries-of.js';
import type { Errors } from '../../apimachinery/validation/field-checks.js';
import { type FieldPath, fieldInvalid, fieldRequired } from '../../apimachinery/validation/field-error.js';
import type { CoreV1DownwardAPIVolumeFile, CoreV1KeyToPath } from '../../apis/types.gen.js';
import { VOLUME_FIELDS, validateDescendingPath, validateFieldRef, validateResourceFieldRef } from './env-validation.js';

/** Files that a volume is made of: their paths, permissions and where their content comes from. */

const MODE_TEXT = 'must be a number between 0 and 0777 (octal), both inclusive';

export function validateMode(mode: number | undefined, at: FieldPath, errors: Errors): void {
  if (mode !== undefined && (mode < 0 || mode > 0o777)) errors.push(fieldInvalid(at, mode, MODE_TEXT));
}

export function validateItems(items: readonly CoreV1KeyToPath[] | undefined, at: FieldPath, errors: Errors): void {
  for (const [i, item] of entriesOf(items)) validateKeyToPath(item, at.index(i), errors);
}

export function validateKeyToPath({ key = '', path = '', mode }: CoreV1KeyToPath, at: FieldPath, errors: Errors): void {
  if (key === '') errors.push(fieldRequired(at.child('key')));
  if (path === '') errors.push(fieldRequired(at.child('path')));
  validateLocalPath(path, at.child('path'), errors);
  validateMode(mode, at.child('mode'), errors);
}

/** Relative, never up, and not starting like the directories that the kubelet keeps for itself. */
export function validateLocalPath(path: string, at: FieldPath, errors: Errors): void {
  validateDescendingPath(path, at, errors);
  if (path.startsWith('..') && !path.startsWith('../')) errors.push(fieldInvalid(at, path, "must not start with '..'"));
}

export function validateDownwardItem(item: CoreV1DownwardAPIVolumeFile, at: FieldPath, errors: Errors): void {
  const path = item.path ?? '';
  if (path === '') errors.push(fieldRequired(at.child('path')));
  validateLocalPath(path, at.child('path'), errors);
  if (item.fieldRef) {
    validateFieldRef(item.fieldRef, VOLUME_FIELDS, at.child('fieldRef'), errors);
    if (item.resourceFieldRef) {
      const text = 'fieldRef and resourceFieldRef can not be specified simultaneously';
      errors.push(fieldInvalid(at, 'resource', text));
    }
  } else if (item.resourceFieldRef) {
    validateResourceFieldRef(item.resourceFieldRef, true, at.child('resourceFieldRef'), errors);
  } else {
    errors.push(fieldRequired(at, 'one of fieldRef and resourceFieldRef is required'));
  }
  validateMode(item.mode, at.child('mode'), errors);
}
