import { isJsonObject, type JsonValue, jsonEqual } from '../../apimachinery/meta/json.js';
import type { KubeObject } from '../../apimachinery/meta/object.js';
import { goJsonSyntaxError } from '../../apimachinery/runtime/go-json-syntax.js';
import { goValueName } from '../../apimachinery/schema/codec.js';
import { checkConfigMapKey, validateChecked } from '../../apimachinery/validation/field-checks.js';
import {
  type FieldError,
  FieldPath,
  fieldForbidden,
  fieldInvalid,
  fieldRequired,
  fieldTooLong,
} from '../../apimachinery/validation/field-error.js';
import { validateImmutable } from '../../apimachinery/validation/object-meta.js';
import type { CoreV1ConfigMap, CoreV1Secret } from '../../apis/types.gen.js';
import { GenericStrategy, type KindTraits } from '../generic/generic-strategy.js';
import type { KindPolicy } from '../kind-policy.js';
import type { RestContext } from '../rest/context.js';
import { keyPairFault } from './tls-key-pair.js';

/** Config maps and secrets: keys with values, up to 1 MiB, frozen on demand. */

const DATA_BYTES_MAX = 1024 * 1024;
const DATA = FieldPath.root('data');
const BINARY_DATA = FieldPath.root('binaryData');
const FROZEN_TEXT = 'field is immutable when `immutable` is set';

const CONFIG_MAP: KindTraits = { kind: { group: '', version: 'v1', kind: 'ConfigMap' }, namespaced: true };
const SECRET: KindTraits = { kind: { group: '', version: 'v1', kind: 'Secret' }, namespaced: true };

/** Bytes that base64 text stands for; null is none. */
const decodedLength = (text: string | null): number => Buffer.byteLength(text ?? '', 'base64');

/** What a frozen object may no longer do: thaw, or change any of the named fields. */
function validateFrozen(
  object: KubeObject,
  old: Readonly<KubeObject>,
  fields: readonly string[],
  errors: FieldError[],
): void {
  if (old['immutable'] !== true) return;
  if (object['immutable'] !== true) errors.push(fieldForbidden(FieldPath.root('immutable'), FROZEN_TEXT));
  for (const name of fields) {
    if (!jsonEqual(object[name] ?? {}, old[name] ?? {})) errors.push(fieldForbidden(FieldPath.root(name), FROZEN_TEXT));
  }
}

class ConfigMapStrategy extends GenericStrategy {
  constructor() {
    super(CONFIG_MAP);
  }

  override validateCreate(_ctx: RestContext, object: Readonly<KubeObject>): FieldError[] {
    const errors: FieldError[] = [];
    const { data = {}, binaryData = {} } = object as CoreV1ConfigMap;
    let bytes = 0;
    for (const [key, value] of Object.entries(data)) {
      validateChecked(key, checkConfigMapKey, DATA.key(key), errors);
      if (Object.hasOwn(binaryData, key)) {
        errors.push(fieldInvalid(DATA.key(key), key, 'duplicate of key present in binaryData'));
      }
      bytes += Buffer.byteLength(value);
    }
    for (const [key, value] of Object.entries(binaryData)) {
      validateChecked(key, checkConfigMapKey, BINARY_DATA.key(key), errors);
      bytes += decodedLength(value);
    }
    if (bytes > DATA_BYTES_MAX) errors.push(fieldTooLong('[]', DATA_BYTES_MAX));
    return errors;
  }

  override validateUpdate(ctx: RestContext, object: Readonly<KubeObject>, old: Readonly<KubeObject>): FieldError[] {
    const errors: FieldError[] = [];
    validateFrozen(object, old, ['data', 'binaryData'], errors);
    return [...errors, ...this.validateCreate(ctx, object)];
  }
}

export const configMapPolicy: KindPolicy = {
  group: '',
  resource: 'configmaps',
  strategy: () => new ConfigMapStrategy(),
};

/** Keys that a well-known type of secret cannot do without. */
const REQUIRED_KEYS: Record<string, readonly string[]> = {
  'kubernetes.io/ssh-auth': ['ssh-privatekey'],
  'kubernetes.io/tls': ['tls.crt', 'tls.key'],
};
const JSON_KEYS: Record<string, string> = {
  'kubernetes.io/dockercfg': '.dockercfg',
  'kubernetes.io/dockerconfigjson': '.dockerconfigjson',
};

class SecretStrategy extends GenericStrategy {
  constructor() {
    super(SECRET);
  }

  override prepareForUpdate(_ctx: RestContext, object: KubeObject, old: Readonly<KubeObject>): void {
    const secret = object as CoreV1Secret;
    const before = (old as CoreV1Secret).type;
    if (!secret.type && before) secret.type = before;
  }

  override validateCreate(_ctx: RestContext, object: Readonly<KubeObject>): FieldError[] {
    const secret = object as CoreV1Secret;
    const data = secret.data ?? {};
    const errors: FieldError[] = [];
    let bytes = 0;
    for (const [key, value] of Object.entries(data)) {
      validateChecked(key, checkConfigMapKey, DATA.key(key), errors);
      bytes += decodedLength(value);
    }
    if (bytes > DATA_BYTES_MAX) errors.push(fieldTooLong(DATA, DATA_BYTES_MAX));
    validateType(secret, errors);
    return errors;
  }

  override validateUpdate(ctx: RestContext, object: Readonly<KubeObject>, old: Readonly<KubeObject>): FieldError[] {
    const errors: FieldError[] = [];
    validateImmutable((object as CoreV1Secret).type, (old as CoreV1Secret).type, FieldPath.root('type'), errors);
    validateFrozen(object, old, ['data'], errors);
    return [...errors, ...this.validateCreate(ctx, object)];
  }

  override warningsOnCreate(_ctx: RestContext, object: Readonly<KubeObject>): string[] {
    const { type, data = {} } = object as CoreV1Secret;
    if (type !== 'kubernetes.io/tls') return [];
    const text = (key: string): string => Buffer.from(data[key] ?? '', 'base64').toString('latin1');
    const fault = keyPairFault(text('tls.crt'), text('tls.key'));
    return fault === undefined ? [] : [fault];
  }

  override warningsOnUpdate(ctx: RestContext, object: Readonly<KubeObject>): string[] {
    return this.warningsOnCreate(ctx, object);
  }

  override selectableFields(object: Readonly<KubeObject>): Record<string, string> {
    return { type: (object as CoreV1Secret).type ?? '' };
  }
}

function validateType(secret: CoreV1Secret, errors: FieldError[]): void {
  const data = secret.data ?? {};
  const type = secret.type ?? '';
  if (type === 'kubernetes.io/service-account-token') {
    if (!secret.metadata.annotations?.['kubernetes.io/service-account.name']) {
      const at = FieldPath.root('metadata', 'annotations').key('kubernetes.io/service-account.name');
      errors.push(fieldRequired(at));
    }
    return;
  }
  if (type === 'kubernetes.io/basic-auth') {
    if (data['username'] === undefined && data['password'] === undefined) {
      errors.push(fieldRequired(DATA.key('username')), fieldRequired(DATA.key('password')));
    }
    return;
  }
  for (const key of REQUIRED_KEYS[type] ?? []) {
    const missing = type === 'kubernetes.io/tls' ? data[key] === undefined : !data[key];
    if (missing) errors.push(fieldRequired(DATA.key(key)));
  }
  const jsonKey = JSON_KEYS[type];
  if (jsonKey !== undefined) validateJson(data[jsonKey], DATA.key(jsonKey), errors);
}

function validateJson(value: string | null | undefined, at: FieldPath, errors: FieldError[]): void {
  if (value === undefined) {
    errors.push(fieldRequired(at));
    return;
  }
  const bytes = Buffer.from(value ?? '', 'base64');
  const fault = goJsonSyntaxError(bytes) ?? kindFault(JSON.parse(bytes.toString('utf8')) as JsonValue);
  if (fault !== undefined) errors.push(fieldInvalid(at, '<secret contents redacted>', fault));
}

/** Docker's configuration is an object. */
function kindFault(value: JsonValue): string | undefined {
  if (value === null || isJsonObject(value)) return undefined;
  return `json: cannot unmarshal ${goValueName(value)} into Go value of type map[string]interface {}`;
}

/** Text becomes base64 beside the rest; it is never read back. */
function secretDefaults(object: KubeObject): void {
  const secret = object as CoreV1Secret;
  secret.type ||= 'Opaque';
  if (!secret.stringData) return;
  secret.data = { ...secret.data };
  for (const [key, text] of Object.entries(secret.stringData)) secret.data[key] = Buffer.from(text).toString('base64');
  delete secret.stringData;
}

export const secretPolicy: KindPolicy = {
  group: '',
  resource: 'secrets',
  strategy: () => new SecretStrategy(),
  defaults: { v1: secretDefaults },
};
