import { badRequest, expired, invalid, StatusError } from '../../apimachinery/errors/status-error.js';
import { type FieldError, fieldForbidden } from '../../apimachinery/validation/field-error.js';
import { decodeContinue, encodeContinue } from './continue-token.js';
import { unsupportedInOrder } from './deletion.js';
import { parseListResourceVersion } from './resource-version.js';

/** Options of lists and watches as they stand in the query, before selectors are compiled. */
export interface RawListOptions {
  readonly watch: boolean;
  readonly resourceVersion: string;
  readonly resourceVersionMatch: string;
  readonly continueToken: string;
  readonly sendInitialEvents: boolean | undefined;
  readonly allowWatchBookmarks: boolean;
}

const field = 'resourceVersionMatch';

/**
 * Which options go together. @throws StatusError Invalid with every fault
 * @see https://kubernetes.io/docs/reference/using-api/api-concepts/#semantics-for-get-and-list
 */
export function validateListOptions(options: RawListOptions): void {
  const errors = options.watch ? watchErrors(options) : listErrors(options);
  if (errors.length > 0) throw invalid({ group: 'meta.k8s.io', kind: 'ListOptions' }, '', errors);
}

function listErrors(options: RawListOptions): FieldError[] {
  const errors = matchErrors(options);
  if (options.sendInitialEvents !== undefined) {
    errors.push(fieldForbidden('sendInitialEvents', 'sendInitialEvents is forbidden for list'));
  }
  return errors;
}

function matchErrors(options: RawListOptions): FieldError[] {
  const { resourceVersionMatch: match, resourceVersion } = options;
  if (match === '') return [];
  const errors: FieldError[] = [];
  if (resourceVersion === '') {
    errors.push(fieldForbidden(field, 'resourceVersionMatch is forbidden unless resourceVersion is provided'));
  }
  if (options.continueToken !== '') {
    errors.push(fieldForbidden(field, 'resourceVersionMatch is forbidden when continue is provided'));
  }
  if (match !== 'Exact' && match !== 'NotOlderThan') {
    errors.push(unsupportedInOrder(field, JSON.stringify(match), ['Exact', 'NotOlderThan', '']));
  } else if (match === 'Exact' && resourceVersion === '0') {
    errors.push(fieldForbidden(field, 'resourceVersionMatch "exact" is forbidden for resourceVersion "0"'));
  }
  return errors;
}

function watchErrors(options: RawListOptions): FieldError[] {
  const { resourceVersionMatch: match, sendInitialEvents } = options;
  const errors: FieldError[] = [];
  if (sendInitialEvents !== undefined && match !== 'NotOlderThan') {
    errors.push(fieldForbidden(field, 'sendInitialEvents requires setting resourceVersionMatch to NotOlderThan'));
  }
  if (match === '') return errors;
  if (sendInitialEvents === undefined) {
    errors.push(
      fieldForbidden(field, 'resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided'),
    );
  }
  if (match !== 'NotOlderThan') errors.push(unsupportedInOrder(field, JSON.stringify(match), ['NotOlderThan']));
  if (options.continueToken !== '') {
    errors.push(fieldForbidden(field, 'resourceVersionMatch is forbidden when continue is provided'));
  }
  return errors;
}

/** From which state a list is answered. */
export interface ListPlan {
  /** Undefined: the newest state; else exactly that revision. */
  readonly exact: number | undefined;
  /** The newest state must be at least this one. */
  readonly notOlderThan: number;
  readonly after: string | undefined;
}

/** @throws StatusError 400 for versions, tokens and combinations that mean nothing */
export function planList(options: {
  readonly resourceVersion: string;
  readonly resourceVersionMatch: string;
  readonly continueToken: string;
  readonly limit: number;
}): ListPlan {
  if (options.continueToken !== '') {
    const point = decodeContinue(options.continueToken);
    if (options.resourceVersion !== '' && options.resourceVersion !== '0') {
      throw badRequest('specifying resource version is not allowed when using continue');
    }
    return { exact: point.revision < 0 ? undefined : point.revision, notOlderThan: 0, after: point.after };
  }
  const revision = parseListResourceVersion(options.resourceVersion);
  const exact =
    options.resourceVersionMatch === 'Exact' ||
    (options.resourceVersionMatch === '' && options.limit > 0 && revision > 0);
  return exact
    ? { exact: revision, notOlderThan: 0, after: undefined }
    : { exact: undefined, notOlderThan: revision, after: undefined };
}

/** 410 for a page whose revision is compacted away, with a token that goes on from the newest state. */
export function expiredContinue(after: string): StatusError {
  const token = encodeContinue({ revision: -1, after });
  const error = expired(
    'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.',
  );
  return new ExpiredContinueError(error.message, token);
}

class ExpiredContinueError extends StatusError {
  constructor(
    message: string,
    private readonly token: string,
  ) {
    super(410, 'Expired', message);
  }

  override toStatus() {
    return { ...super.toStatus(), metadata: { continue: this.token } };
  }
}
