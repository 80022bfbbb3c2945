import { type Errors, validateNonNegative, validatePortNumOrName } from '../../apimachinery/validation/field-checks.js';
import {
  type FieldPath,
  fieldForbidden,
  fieldInvalid,
  fieldNotSupported,
  fieldRequired,
} from '../../apimachinery/validation/field-error.js';
import { patternText } from '../../apimachinery/validation/names.js';
import type {
  CoreV1Container,
  CoreV1HTTPGetAction,
  CoreV1LifecycleHandler,
  CoreV1Probe,
} from '../../apis/types.gen.js';

/** Probes and life-cycle hooks of a container. @see https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#container-probes */

const HEADER_FORMAT = '[-A-Za-z0-9]+';
const HEADER = new RegExp(`^${HEADER_FORMAT}$`);

export function checkHttpHeaderName(name: string): string[] {
  if (HEADER.test(name)) return [];
  return [
    patternText("a valid HTTP header must consist of alphanumeric characters or '-'", HEADER_FORMAT, 'X-Header-Name'),
  ];
}

const HANDLERS = ['exec', 'httpGet', 'tcpSocket', 'grpc', 'sleep'] as const;

/** One action and no more: the first is checked, each further one is a fault of its own. */
function validateHandler(
  handler: CoreV1LifecycleHandler | CoreV1Probe,
  graceSeconds: number | undefined,
  at: FieldPath,
  errors: Errors,
): void {
  const given = HANDLERS.filter((name) => handler[name] !== undefined);
  if (given.length === 0) errors.push(fieldRequired(at, 'must specify a handler type'));
  for (const [i, name] of given.entries()) {
    const here = at.child(name);
    if (i > 0) errors.push(fieldForbidden(here, 'may not specify more than 1 handler type'));
    else validateAction(name, handler, graceSeconds, here, errors);
  }
}

function validateAction(
  name: (typeof HANDLERS)[number],
  handler: CoreV1LifecycleHandler & CoreV1Probe,
  graceSeconds: number | undefined,
  at: FieldPath,
  errors: Errors,
): void {
  switch (name) {
    case 'exec':
      if ((handler.exec?.command ?? []).length === 0) errors.push(fieldRequired(at.child('command')));
      break;
    case 'httpGet':
      validateHttpGet(handler.httpGet!, at, errors);
      break;
    case 'tcpSocket':
      validatePortNumOrName(handler.tcpSocket?.port, at.child('port'), errors);
      break;
    case 'grpc':
      validatePortNumOrName(handler.grpc?.port, at.child('port'), errors);
      break;
    case 'sleep': {
      const seconds = handler.sleep?.seconds ?? 0;
      if (graceSeconds !== undefined && (seconds < 0 || seconds > graceSeconds)) {
        const text = `must be non-negative and less than terminationGracePeriodSeconds (${graceSeconds})`;
        errors.push(fieldInvalid(at, seconds, text));
      }
    }
  }
}

function validateHttpGet(http: CoreV1HTTPGetAction, at: FieldPath, errors: Errors): void {
  if (!http.path) errors.push(fieldRequired(at.child('path')));
  validatePortNumOrName(http.port, at.child('port'), errors);
  if (http.scheme !== 'HTTP' && http.scheme !== 'HTTPS') {
    errors.push(fieldNotSupported(at.child('scheme'), http.scheme ?? '', ['HTTP', 'HTTPS']));
  }
  for (const header of http.httpHeaders ?? []) {
    for (const text of checkHttpHeaderName(header.name))
      errors.push(fieldInvalid(at.child('httpHeaders'), header.name, text));
  }
}

function validateProbe(probe: CoreV1Probe, graceSeconds: number | undefined, at: FieldPath, errors: Errors): void {
  validateHandler(probe, graceSeconds, at, errors);
  for (const name of [
    'initialDelaySeconds',
    'timeoutSeconds',
    'periodSeconds',
    'successThreshold',
    'failureThreshold',
  ] as const) {
    validateNonNegative(probe[name], at.child(name), errors);
  }
  const grace = probe.terminationGracePeriodSeconds;
  if (grace !== undefined && grace <= 0) {
    errors.push(fieldInvalid(at.child('terminationGracePeriodSeconds'), grace, 'must be greater than 0'));
  }
}

/** All probes and hooks of a container that runs beside others (regular, or an init container that restarts). */
export function validateProbesAndHooks(
  container: CoreV1Container,
  graceSeconds: number | undefined,
  at: FieldPath,
  errors: Errors,
): void {
  const { lifecycle, livenessProbe, readinessProbe, startupProbe } = container;
  if (lifecycle?.postStart)
    validateHandler(lifecycle.postStart, graceSeconds, at.child('lifecycle', 'postStart'), errors);
  if (lifecycle?.preStop) validateHandler(lifecycle.preStop, graceSeconds, at.child('lifecycle', 'preStop'), errors);
  validateOneSuccess(livenessProbe, graceSeconds, at.child('livenessProbe'), errors);
  if (readinessProbe) {
    const here = at.child('readinessProbe');
    validateProbe(readinessProbe, graceSeconds, here, errors);
    const grace = readinessProbe.terminationGracePeriodSeconds;
    if (grace !== undefined) {
      errors.push(
        fieldInvalid(here.child('terminationGracePeriodSeconds'), grace, 'must not be set for readinessProbes'),
      );
    }
  }
  validateOneSuccess(startupProbe, graceSeconds, at.child('startupProbe'), errors);
}

function validateOneSuccess(
  probe: CoreV1Probe | undefined,
  graceSeconds: number | undefined,
  at: FieldPath,
  errors: Errors,
): void {
  if (!probe) return;
  validateProbe(probe, graceSeconds, at, errors);
  if (probe.successThreshold !== 1) {
    errors.push(fieldInvalid(at.child('successThreshold'), probe.successThreshold ?? 0, 'must be 1'));
  }
}
