import { nanosOf } from '../../apimachinery/runtime/quantity.js';
import { entriesOf } from '../../apimachinery/validation/entries-of.js';
import { checkConfigMapKey, type Errors, validateChecked } from '../../apimachinery/validation/field-checks.js';
import {
  type FieldPath,
  fieldInvalid,
  fieldNotSupported,
  fieldRequired,
} from '../../apimachinery/validation/field-error.js';
import { checkDns1123Label, checkDns1123Subdomain, dns1123Subdomain } from '../../apimachinery/validation/names.js';
import { validateQualifiedName } from '../../apimachinery/validation/qualified-name.js';
import type {
  CoreV1Container,
  CoreV1EnvFromSource,
  CoreV1EnvVar,
  CoreV1EnvVarSource,
  CoreV1ObjectFieldSelector,
  CoreV1ResourceFieldSelector,
} from '../../apis/types.gen.js';

/** Environment variables, and the selectors of fields that volumes use as well. */

/** What the downward API understands at all; a use may allow fewer. */
const FIELD_LABELS = new Set([
  'metadata.annotations',
  'metadata.labels',
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
  'spec.nodeName',
  'spec.restartPolicy',
  'spec.serviceAccountName',
  'spec.schedulerName',
  'status.phase',
  'status.hostIP',
  'status.hostIPs',
  'status.podIP',
  'status.podIPs',
]);
const ENV_FIELDS = [
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
  'spec.nodeName',
  'spec.serviceAccountName',
  'status.hostIP',
  'status.hostIPs',
  'status.podIP',
  'status.podIPs',
];
export const VOLUME_FIELDS = [
  'metadata.annotations',
  'metadata.labels',
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
];
const RESOURCE_FIELDS = [
  'limits.cpu',
  'limits.ephemeral-storage',
  'limits.memory',
  'requests.cpu',
  'requests.ephemeral-storage',
  'requests.memory',
];
const SUBSCRIPT = /^([^[\]]+)\['(.*)'\]$/;
const ENV_NAME = /^[ -<>-~]+$/;
const SIZE_DIVISORS = ['1', '1k', '1M', '1G', '1T', '1P', '1E', '1Ki', '1Mi', '1Gi', '1Ti', '1Pi', '1Ei'];

export function checkEnvName(name: string): string[] {
  if (name === '') return ['environment variable name must be non-empty'];
  return ENV_NAME.test(name)
    ? []
    : ["a valid environment variable name must consist only of printable ASCII characters other than '='"];
}

export function validateEnv(container: Pick<CoreV1Container, 'env'>, at: FieldPath, errors: Errors): void {
  for (const [i, variable] of entriesOf(container.env)) {
    const here = at.index(i);
    if (!variable.name) errors.push(fieldRequired(here.child('name')));
    else validateChecked(variable.name, checkEnvName, here.child('name'), errors);
    validateValueFrom(variable, here.child('valueFrom'), errors);
  }
}

function validateValueFrom(variable: CoreV1EnvVar, at: FieldPath, errors: Errors): void {
  const from = variable.valueFrom;
  if (!from) return;
  const sources = countSources(from, at, errors);
  if (sources === 0) {
    const text =
      'must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`';
    errors.push(fieldInvalid(at, '', text));
  } else if (variable.value) {
    errors.push(fieldInvalid(at, '', 'may not be specified when `value` is not empty'));
  } else if (sources > 1) {
    errors.push(fieldInvalid(at, '', 'may not have more than one field specified at a time'));
  }
}

function countSources(from: CoreV1EnvVarSource, at: FieldPath, errors: Errors): number {
  let sources = 0;
  if (from.fieldRef) {
    sources++;
    validateFieldRef(from.fieldRef, ENV_FIELDS, at.child('fieldRef'), errors);
  }
  if (from.resourceFieldRef) {
    sources++;
    validateResourceFieldRef(from.resourceFieldRef, false, at.child('resourceFieldRef'), errors);
  }
  if (from.configMapKeyRef) {
    sources++;
    validateKeyRef(from.configMapKeyRef, at.child('configMapKeyRef'), errors);
  }
  if (from.secretKeyRef) {
    sources++;
    validateKeyRef(from.secretKeyRef, at.child('secretKeyRef'), errors);
  }
  if (from.fileKeyRef) {
    sources++;
    const here = at.child('fileKeyRef');
    const { key = '', path = '', volumeName = '' } = from.fileKeyRef;
    if (key === '') errors.push(fieldRequired(here.child('key')));
    else validateChecked(key, checkEnvName, here.child('key'), errors);
    if (volumeName === '') errors.push(fieldRequired(here.child('volumeName')));
    else validateChecked(volumeName, checkDns1123Label, here.child('volumeName'), errors);
    if (path === '') errors.push(fieldRequired(here.child('path')));
    else validateNoBacksteps(path, here.child('path'), errors);
  }
  return sources;
}

function validateKeyRef(ref: { name?: string; key?: string }, at: FieldPath, errors: Errors): void {
  validateChecked(ref.name ?? '', checkDns1123Subdomain, at.child('name'), errors);
  if (!ref.key) errors.push(fieldRequired(at.child('key')));
  else validateChecked(ref.key, checkConfigMapKey, at.child('key'), errors);
}

export function validateEnvFrom(
  sources: readonly CoreV1EnvFromSource[] | undefined,
  at: FieldPath,
  errors: Errors,
): void {
  for (const [i, source] of entriesOf(sources)) {
    const here = at.index(i);
    if (source.prefix) validateChecked(source.prefix, checkEnvName, here.child('prefix'), errors);
    for (const name of ['configMapRef', 'secretRef'] as const) {
      const ref = source[name];
      if (!ref) continue;
      const there = here.child(name, 'name');
      if (!ref.name) errors.push(fieldRequired(there));
      else validateChecked(ref.name, (name) => dns1123Subdomain(name, true), there, errors);
    }
    if (!source.configMapRef && !source.secretRef) {
      errors.push(fieldInvalid(at, '', 'must specify one of: `configMapRef` or `secretRef`'));
    } else if (source.configMapRef && source.secretRef) {
      errors.push(fieldInvalid(at, '', 'may not have more than one field specified at a time'));
    }
  }
}

export function validateFieldRef(
  ref: CoreV1ObjectFieldSelector,
  allowed: readonly string[],
  at: FieldPath,
  errors: Errors,
): void {
  if (!ref.apiVersion) {
    errors.push(fieldRequired(at.child('apiVersion')));
    return;
  }
  if (!ref.fieldPath) {
    errors.push(fieldRequired(at.child('fieldPath')));
    return;
  }
  const [, base, subscript] = SUBSCRIPT.exec(ref.fieldPath) ?? [];
  const path = base ?? (ref.fieldPath === 'spec.host' ? 'spec.nodeName' : ref.fieldPath);
  const refused = conversionFault(ref.apiVersion, path, subscript, ref.fieldPath);
  if (refused !== undefined) {
    errors.push(fieldInvalid(at.child('fieldPath'), ref.fieldPath, `error converting fieldPath: ${refused}`));
  } else if (subscript !== undefined) {
    validateQualifiedName(path === 'metadata.annotations' ? subscript.toLowerCase() : subscript, at, errors);
  } else if (!allowed.includes(path)) {
    errors.push(fieldNotSupported(at.child('fieldPath'), path, allowed));
  }
}

function conversionFault(
  version: string,
  path: string,
  subscript: string | undefined,
  given: string,
): string | undefined {
  if (version !== 'v1') return `unsupported pod version: ${version}`;
  if (subscript !== undefined) {
    if (path === 'metadata.annotations' || path === 'metadata.labels') return undefined;
    return `field label does not support subscript: ${given}`;
  }
  return FIELD_LABELS.has(path) ? undefined : `field label not supported: ${given}`;
}

export function validateResourceFieldRef(
  ref: CoreV1ResourceFieldSelector,
  inVolume: boolean,
  at: FieldPath,
  errors: Errors,
): void {
  const { resource = '', divisor = '0' } = ref;
  if (inVolume && !ref.containerName) {
    errors.push(fieldRequired(at.child('containerName')));
  } else if (resource === '') {
    errors.push(fieldRequired(at.child('resource')));
  } else if (!RESOURCE_FIELDS.includes(resource) && !/^(limits|requests)\.hugepages-/.test(resource)) {
    errors.push(fieldNotSupported(at.child('resource'), resource, RESOURCE_FIELDS));
  }
  validateDivisor(resource, divisor, at, errors);
}

const DIVIDED: Readonly<Record<string, string>> = {
  cpu: 'cpu',
  memory: 'memory',
  'ephemeral-storage': 'local ephemeral storage',
};

function validateDivisor(resource: string, divisor: string, at: FieldPath, errors: Errors): void {
  if (nanosOf(divisor) === 0n) return;
  const [, kind = ''] = /^(?:limits|requests)\.(.*)$/.exec(resource) ?? [];
  const title = kind.startsWith('hugepages-') ? 'hugepages' : DIVIDED[kind];
  const allowed = kind === 'cpu' ? ['1m', '1'] : SIZE_DIVISORS;
  if (title === undefined || allowed.includes(divisor)) return;
  const list = kind === 'cpu' ? '1m and 1' : allowed.join(', ');
  const text = `only divisor's values ${list} are supported with the ${title} resource`;
  errors.push(fieldInvalid(at.child('divisor'), resource, text));
}

/** A path below some directory: relative, and never up. */
export function validateDescendingPath(path: string, at: FieldPath, errors: Errors): void {
  if (path.startsWith('/')) errors.push(fieldInvalid(at, path, 'must be a relative path'));
  validateNoBacksteps(path, at, errors);
}

export function validateNoBacksteps(path: string, at: FieldPath, errors: Errors): void {
  if (hasBacksteps(path)) errors.push(fieldInvalid(at, path, "must not contain '..'"));
}

export const hasBacksteps = (path: string): boolean => path.split('/').includes('..');
