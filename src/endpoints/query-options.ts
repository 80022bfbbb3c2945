import { badRequest, invalid } from '../apimachinery/errors/status-error.js';
import type { JsonObject } from '../apimachinery/meta/json.js';
import { type FieldError, FieldPath, fieldForbidden, fieldRequired } from '../apimachinery/validation/field-error.js';
import { validateFieldManager } from '../apimachinery/validation/object-meta.js';
import type { FieldValidation } from '../registry/rest/context.js';
import { unsupportedInOrder, validateDryRun } from '../registry/rest/deletion.js';
import type { RawListOptions } from '../registry/rest/list-options.js';

const FIELD_MANAGER_BYTES_MAX = 128;
const FIELD_VALIDATIONS = ['', 'Ignore', 'Warn', 'Strict'];

/** Options of create, update and patch as they stand in the query. */
export interface WriteQuery {
  readonly dryRun: boolean;
  /** The manager of the write: the parameter, else the user agent up to its first slash. */
  readonly fieldManager: string;
  readonly fieldManagerGiven: boolean;
  readonly fieldValidation: FieldValidation;
  readonly force: boolean | undefined;
  /** As admission sees it. */
  readonly options: JsonObject;
}

export type WriteOptionsKind = 'CreateOptions' | 'UpdateOptions' | 'PatchOptions';

/** Reads and checks the options of a write. @throws StatusError Invalid with every fault */
export function parseWriteQuery(
  kind: WriteOptionsKind,
  query: URLSearchParams,
  userAgent: string | undefined,
  applyPatch = false,
): WriteQuery {
  const dryRun = query.getAll('dryRun');
  const manager = query.get('fieldManager') ?? '';
  const fieldValidation = query.get('fieldValidation') ?? '';
  const force = kind === 'PatchOptions' ? parseBool(query.get('force')) : undefined;
  const errors: FieldError[] = [];
  if (kind === 'PatchOptions') {
    if (applyPatch) {
      if (manager === '') errors.push(fieldRequired('fieldManager', 'is required for apply patch'));
    } else if (force !== undefined) {
      errors.push(fieldForbidden('force', 'may not be specified for non-apply patch'));
    }
  }
  validateFieldManager(manager, FieldPath.root('fieldManager'), errors);
  errors.push(...validateDryRun(dryRun));
  if (!FIELD_VALIDATIONS.includes(fieldValidation)) {
    errors.push(
      unsupportedInOrder('fieldValidation', JSON.stringify(fieldValidation), ['', 'Ignore', 'Strict', 'Warn']),
    );
  }
  if (errors.length > 0) throw invalid({ group: 'meta.k8s.io', kind }, '', errors);
  return {
    dryRun: dryRun.length > 0,
    fieldManager: manager === '' ? managerOf(userAgent) : manager,
    fieldManagerGiven: manager !== '',
    fieldValidation: fieldValidation === '' ? 'Warn' : (fieldValidation as FieldValidation),
    force,
    options: {
      kind,
      apiVersion: 'meta.k8s.io/v1',
      ...(dryRun.length > 0 && { dryRun }),
      ...(force !== undefined && { force }),
      ...(manager !== '' && { fieldManager: manager }),
      ...(fieldValidation !== '' && { fieldValidation }),
    },
  };
}

/** The first part of a user agent: `kubectl/v1.35 (linux)` is the manager `kubectl`. */
export function managerOf(userAgent: string | undefined): string {
  const name = (userAgent ?? '').split('/')[0]!;
  return Buffer.from(name).subarray(0, FIELD_MANAGER_BYTES_MAX).toString();
}

/** A flag in a query: `?watch`, `?watch=1`, and whatever is neither `0` nor `false` count as true, as upstream has it. */
export function parseBool(value: string | null): boolean | undefined {
  if (value === null) return undefined;
  return value !== '0' && value.toLowerCase() !== 'false';
}

/** A whole number in a query. @throws StatusError 400 with Go's text */
export function parseInteger(value: string | null): number | undefined {
  if (value === null) return undefined;
  if (!/^[+-]?[0-9]+$/.test(value))
    throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(value)}: invalid syntax`);
  const number = Number(value);
  if (!Number.isSafeInteger(number))
    throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(value)}: value out of range`);
  return number;
}

/** Options of a list, watch or deletecollection before its selectors are compiled. */
export interface ListQuery extends RawListOptions {
  readonly labelSelector: string;
  readonly fieldSelector: string;
  readonly limit: number;
  readonly timeoutSeconds: number | undefined;
}

/** @throws StatusError 400 for numbers that are none */
export function parseListQuery(query: URLSearchParams, watch: boolean): ListQuery {
  const resourceVersion = query.get('resourceVersion') ?? '';
  const resourceVersionMatch = query.get('resourceVersionMatch') ?? '';
  const sendInitialEvents = parseBool(query.get('sendInitialEvents'));
  // A watch from no certain version is a streamed list, asked for in the old way.
  const streams =
    watch &&
    sendInitialEvents === undefined &&
    resourceVersionMatch === '' &&
    (resourceVersion === '' || resourceVersion === '0');
  return {
    watch,
    labelSelector: query.get('labelSelector') ?? '',
    fieldSelector: query.get('fieldSelector') ?? '',
    limit: Math.max(0, parseInteger(query.get('limit')) ?? 0),
    timeoutSeconds: parseInteger(query.get('timeoutSeconds')),
    resourceVersion,
    resourceVersionMatch: streams ? 'NotOlderThan' : resourceVersionMatch,
    continueToken: query.get('continue') ?? '',
    sendInitialEvents: streams ? true : sendInitialEvents,
    allowWatchBookmarks: parseBool(query.get('allowWatchBookmarks')) === true,
  };
}
