import type { Errors } from '../../apimachinery/validation/field-checks.js';
import {
  type FieldPath,
  fieldDuplicate,
  fieldInvalid,
  fieldNotSupported,
  fieldRequired,
  fieldTooLong,
} from '../../apimachinery/validation/field-error.js';
import { byteLength, patternText } from '../../apimachinery/validation/names.js';
import { validateQualifiedName } from '../../apimachinery/validation/qualified-name.js';
import type { MetaV1Condition } from '../../apis/types.gen.js';

const REASON_FORMAT = '[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?';
const REASON = new RegExp(`^${REASON_FORMAT}$`);
const REASON_TEXT = patternText(
  "a condition reason must start with alphabetic character, optionally followed by a string of alphanumeric characters or '_,:', and must end with an alphanumeric character or '_'",
  REASON_FORMAT,
  'my_name',
  'MY_NAME',
  'MyName',
  'ReasonA,ReasonB',
  'ReasonA:ReasonB',
);
const REASON_LENGTH_MAX = 1024;
const MESSAGE_LENGTH_MAX = 32 * 1024;
const STATUSES = ['False', 'True', 'Unknown'];

/** Conditions of the common form. @see https://pkg.go.dev/k8s.io/apimachinery/pkg/apis/meta/v1#Condition */
export function validateConditions(conditions: readonly MetaV1Condition[], at: FieldPath, errors: Errors): void {
  const seen = new Set<string>();
  for (const [i, condition] of conditions.entries()) {
    const { type = '', status = '', observedGeneration, lastTransitionTime, reason = '', message = '' } = condition;
    const here = at.index(i);
    if (seen.has(type)) errors.push(fieldDuplicate(here, type));
    seen.add(type);
    if (type === '') errors.push(fieldRequired(here.child('type'), 'is required'));
    else validateQualifiedName(type, here.child('type'), errors);
    if (status === '') errors.push(fieldRequired(here.child('status')));
    else if (!STATUSES.includes(status)) errors.push(fieldNotSupported(here.child('status'), status, STATUSES));
    if (Number(observedGeneration ?? 0) < 0) {
      errors.push(
        fieldInvalid(here.child('observedGeneration'), observedGeneration, 'must be greater than or equal to zero'),
      );
    }
    if (!lastTransitionTime) errors.push(fieldRequired(here.child('lastTransitionTime')));
    validateReason(reason, here.child('reason'), errors);
    if (byteLength(message) > MESSAGE_LENGTH_MAX) errors.push(fieldTooLong(here.child('message'), MESSAGE_LENGTH_MAX));
  }
}

function validateReason(reason: string, at: FieldPath, errors: Errors): void {
  if (reason === '') {
    errors.push(fieldRequired(at));
    return;
  }
  if (!REASON.test(reason)) errors.push(fieldInvalid(at, reason, REASON_TEXT));
  if (byteLength(reason) > REASON_LENGTH_MAX) errors.push(fieldTooLong(at, REASON_LENGTH_MAX));
}
