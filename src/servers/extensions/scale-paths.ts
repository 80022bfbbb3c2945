import { internalError } from '../../apimachinery/errors/status-error.js';
import type { JsonObject, JsonValue } from '../../apimachinery/meta/json.js';
import type { KubeObject } from '../../apimachinery/meta/object.js';
import { type FieldError, fieldInvalid } from '../../apimachinery/validation/field-error.js';
import type { CrdScale } from '../../registry/apiextensions/crd.js';
import { pathNames, setAt, valueAt } from './json-path.js';

const INT32_MAX = 2 ** 31 - 1;

/** Where a custom resource keeps what autoscaling/v1 Scale shows. */
export class ScalePaths {
  private readonly spec: readonly string[];
  private readonly status: readonly string[];
  private readonly selector: readonly string[] | undefined;

  constructor(private readonly scale: CrdScale) {
    this.spec = pathNames(scale.specReplicasPath);
    this.status = pathNames(scale.statusReplicasPath);
    this.selector = scale.labelSelectorPath ? pathNames(scale.labelSelectorPath) : undefined;
  }

  get specReplicasPath(): readonly string[] {
    return this.spec;
  }

  /** @throws StatusError 500 where the object has no replicas, as kube-apiserver does */
  toScale(object: Readonly<KubeObject>): KubeObject {
    const replicas = valueAt(object, this.spec);
    if (typeof replicas !== 'number') {
      throw internalError(`the spec replicas field "${this.scale.specReplicasPath}" does not exist`);
    }
    const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
    const selector = this.selector === undefined ? undefined : valueAt(object, this.selector);
    const ready = valueAt(object, this.status);
    const status: JsonObject = { replicas: typeof ready === 'number' ? ready : 0 };
    if (typeof selector === 'string' && selector !== '') status['selector'] = selector;
    const metadata: KubeObject['metadata'] = {};
    if (name !== undefined) metadata.name = name;
    if (namespace !== undefined) metadata.namespace = namespace;
    if (uid !== undefined) metadata.uid = uid;
    if (resourceVersion !== undefined) metadata.resourceVersion = resourceVersion;
    if (creationTimestamp !== undefined) metadata.creationTimestamp = creationTimestamp;
    return { kind: 'Scale', apiVersion: 'autoscaling/v1', metadata, spec: replicas === 0 ? {} : { replicas }, status };
  }

  /** Writes the wanted replicas into an object the caller owns. @throws StatusError 500 where the path is blocked */
  setReplicas(object: KubeObject, replicas: number): void {
    if (!setAt(object, this.spec, replicas)) {
      throw internalError(`the spec replicas field "${this.scale.specReplicasPath}" cannot be set`);
    }
  }

  validateSpec(object: Readonly<KubeObject>): FieldError[] {
    return validateReplicas(this.scale.specReplicasPath, valueAt(object, this.spec));
  }

  validateStatus(object: Readonly<KubeObject>): FieldError[] {
    const errors = validateReplicas(this.scale.statusReplicasPath, valueAt(object, this.status));
    const selector = this.selector === undefined ? undefined : valueAt(object, this.selector);
    if (selector !== undefined && typeof selector !== 'string') {
      const text = `${this.scale.labelSelectorPath} accessor error: ${goValue(selector)} is of the type ${goType(selector)}, expected string`;
      errors.push(fieldInvalid(this.scale.labelSelectorPath!, '', text));
    }
    return errors;
  }
}

function validateReplicas(path: string, value: JsonValue | undefined): FieldError[] {
  if (value === undefined) return [];
  if (typeof value !== 'number' || !Number.isInteger(value)) {
    const text = `${path} accessor error: ${goValue(value)} is of the type ${goType(value)}, expected int64`;
    return [fieldInvalid(path, 0, text)];
  }
  if (value < 0) return [fieldInvalid(path, value, 'should be a non-negative integer')];
  if (value > INT32_MAX) return [fieldInvalid(path, value, `should be less than or equal to ${INT32_MAX}`)];
  return [];
}

function goType(value: JsonValue): string {
  if (value === null) return '<nil>';
  if (Array.isArray(value)) return '[]interface {}';
  switch (typeof value) {
    case 'boolean':
      return 'bool';
    case 'number':
      return Number.isInteger(value) ? 'int64' : 'float64';
    case 'object':
      return 'map[string]interface {}';
    default:
      return typeof value;
  }
}

function goValue(value: JsonValue): string {
  return value === null ? '<nil>' : typeof value === 'object' ? JSON.stringify(value) : String(value);
}
