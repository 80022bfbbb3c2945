import { type JsonValue, jsonEqual } from '../../apimachinery/meta/json.js';
import { type Errors, validateChecked } from '../../apimachinery/validation/field-checks.js';
import { FieldPath, fieldInvalid, fieldRequired } from '../../apimachinery/validation/field-error.js';
import { byteLength, checkDns1123Subdomain } from '../../apimachinery/validation/names.js';
import { IMMUTABLE_TEXT } from '../../apimachinery/validation/object-meta.js';
import { checkQualifiedName } from '../../apimachinery/validation/qualified-name.js';
import type { CoreV1Event } from '../../apis/types.gen.js';

/**
 * Events in the core group's shape, whichever group they came through; messages name fields as kube-apiserver holds them.
 * @see https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/event-v1/
 */

const TEXT_BYTES_MAX = 128;
const NOTE_BYTES_MAX = 1024;
const SERIES_COUNT_MIN = 2;
const at = (...names: string[]): FieldPath => FieldPath.root(...names);

/**
 * What both groups ask for. Events with an `eventTime` are of the newer kind and have to be complete.
 * @param controller what the group of the request calls the reporting controller
 */
export function validateEvent(event: Readonly<CoreV1Event>, controller: string, errors: Errors): void {
  const { metadata, involvedObject, eventTime } = event;
  const subject = involvedObject?.namespace ?? '';
  const namespace = metadata.namespace ?? '';
  const strays = eventTime
    ? subject === '' && namespace !== 'default' && namespace !== 'kube-system'
    : subject === ''
      ? namespace !== '' && namespace !== 'default'
      : subject !== namespace;
  if (strays) errors.push(fieldInvalid(at('involvedObject', 'namespace'), subject, 'does not match event.namespace'));
  if (eventTime) validateCompleteness(event, controller, errors);
  validateChecked(namespace, checkDns1123Subdomain, at('namespace'), errors);
}

function validateCompleteness(event: Readonly<CoreV1Event>, controller: string, errors: Errors): void {
  const { reportingComponent = '', message = '' } = event;
  if (reportingComponent === '') errors.push(fieldRequired(at(controller)));
  validateChecked(reportingComponent, checkQualifiedName, at(controller), errors);
  for (const name of ['reportingInstance', 'action', 'reason'] as const) {
    const value = event[name] ?? '';
    if (value === '') errors.push(fieldRequired(at(name)));
    validateLength(value, TEXT_BYTES_MAX, name, errors);
  }
  validateLength(message, NOTE_BYTES_MAX, 'message', errors);
}

function validateLength(value: string, max: number, name: string, errors: Errors): void {
  if (byteLength(value) > max) errors.push(fieldInvalid(at(name), '', `can have at most ${max} characters`));
}

function validateSeries({ series }: Readonly<CoreV1Event>, errors: Errors): void {
  if (!series) return;
  if ((series.count ?? 0) < SERIES_COUNT_MIN) {
    errors.push(fieldInvalid('series.count', '', `should be at least ${SERIES_COUNT_MIN}`));
  }
  if (!series.lastObservedTime) errors.push(fieldRequired('series.lastObservedTime'));
}

/** A create through events.k8s.io, which has no room for the older fields. */
export function validateNewEvent(event: Readonly<CoreV1Event>, errors: Errors): void {
  const { type = '', source, count, eventTime, firstTimestamp, lastTimestamp } = event;
  validateSeries(event, errors);
  if (!eventTime) errors.push(fieldRequired(at('eventTime')));
  if (type !== 'Normal' && type !== 'Warning') errors.push(fieldInvalid(at('type'), '', `has invalid value: ${type}`));
  const legacy = {
    firstTimestamp: Boolean(firstTimestamp),
    lastTimestamp: Boolean(lastTimestamp),
    count: Boolean(count),
    source: Boolean(source?.component || source?.host),
  };
  for (const [name, given] of Object.entries(legacy)) {
    if (given) errors.push(fieldInvalid(at(name), '', 'needs to be unset'));
  }
}

/** Fields that stay, with the names and zero values that messages show. `reason` is looked at twice. */
const FIXED: readonly (readonly [field: keyof CoreV1Event & string, shown: string, zero: string | number | null])[] = [
  ['involvedObject', 'involvedObject', null],
  ['reason', 'reason', ''],
  ['message', 'message', ''],
  ['source', 'source', null],
  ['firstTimestamp', 'firstTimestamp', null],
  ['lastTimestamp', 'lastTimestamp', null],
  ['count', 'count', 0],
  ['reason', 'reason', ''],
  ['type', 'type', ''],
  ['eventTime', 'eventTime', null],
  ['action', 'action', ''],
  ['related', 'related', null],
  ['reportingComponent', 'reportingController', ''],
  ['reportingInstance', 'reportingInstance', ''],
];

/** An update through events.k8s.io: only the series may change. `show` gives a struct the form messages have. */
export function validateFixedEvent(
  event: Readonly<CoreV1Event>,
  old: Readonly<CoreV1Event>,
  show: (field: string, event: Readonly<CoreV1Event>) => JsonValue,
  errors: Errors,
): void {
  if (!jsonEqual(event.series ?? null, old.series ?? null)) validateSeries(event, errors);
  for (const [field, shown, zero] of FIXED) {
    const value = event[field] ?? zero;
    if (jsonEqual(value, old[field] ?? zero)) continue;
    const struct = typeof value === 'object' && value !== null;
    errors.push(fieldInvalid(at(shown), struct ? show(field, event) : value, IMMUTABLE_TEXT));
  }
}
