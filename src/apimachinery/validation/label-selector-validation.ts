import type { JsonObject } from '../meta/json.js';
import { entriesOf } from './entries-of.js';
import { type FieldError, type FieldPath, fieldForbidden, fieldInvalid, fieldRequired } from './field-error.js';
import { checkLabelValue, validateLabels, validateQualifiedName } from './qualified-name.js';

/** The parts of a label selector that validation reads: meta/v1 LabelSelector. */
export interface LabelSelectorShape {
  matchLabels?: JsonObject;
  matchExpressions?: readonly { key: string; operator: string; values?: readonly string[] | null }[];
}

/** @see https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/label-selector/ */
export function validateLabelSelector(
  selector: LabelSelectorShape | null | undefined,
  at: FieldPath,
  errors: FieldError[],
): void {
  if (!selector) return;
  validateLabels(selector.matchLabels, at.child('matchLabels'), errors);
  for (const [i, { key, operator, values }] of entriesOf(selector.matchExpressions)) {
    const here = at.child('matchExpressions').index(i);
    const given = values ?? [];
    if (operator === 'In' || operator === 'NotIn') {
      if (given.length === 0) {
        errors.push(fieldRequired(here.child('values'), "must be specified when `operator` is 'In' or 'NotIn'"));
      }
    } else if (operator === 'Exists' || operator === 'DoesNotExist') {
      if (given.length > 0) {
        const text = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'";
        errors.push(fieldForbidden(here.child('values'), text));
      }
    } else {
      errors.push(fieldInvalid(here.child('operator'), operator ?? '', 'not a valid selector operator'));
    }
    validateQualifiedName(key ?? '', here.child('key'), errors);
    for (const [j, value] of given.entries()) {
      for (const text of checkLabelValue(value)) errors.push(fieldInvalid(here.child('values').index(j), value, text));
    }
  }
}

export const isEmptySelector = (selector: LabelSelectorShape): boolean =>
  Object.keys(selector.matchLabels ?? {}).length + (selector.matchExpressions ?? []).length === 0;

/** Whether labels fulfil a selector that has been validated; an empty one matches everything. */
export function selectorMatches(selector: LabelSelectorShape, labels: JsonObject): boolean {
  for (const [key, value] of Object.entries(selector.matchLabels ?? {})) if (labels[key] !== value) return false;
  return (selector.matchExpressions ?? []).every(({ key, operator, values }) => {
    const value = labels[key];
    const named = typeof value === 'string' && (values ?? []).includes(value);
    switch (operator) {
      case 'In':
        return named;
      case 'NotIn':
        return !named;
      case 'Exists':
        return value !== undefined;
      default:
        return value === undefined;
    }
  });
}
