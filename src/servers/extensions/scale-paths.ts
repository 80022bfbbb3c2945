import { internalError } from '../../apimachinery/errors/status-error.js';
import { isJsonObject, type JsonObject, type JsonValue } from '../../apimachinery/meta/json.js';
import type { KubeObject } from '../../apimachinery/meta/object.js';
import { formatGoValue } from '../../apimachinery/patch/go-format.js';
import { type FieldError, fieldInvalid } from '../../apimachinery/validation/field-error.js';
import type { CrdScale } from '../../registry/apiextensions/crd.js';
import { pathNames, setAt, valueAt } from './json-path.js';

const INT32_MAX = 2 ** 31 - 1;
/** Stands for replicas that are not set. */
export const NO_REPLICAS = -(2 ** 31);

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

  /** The path as the definition has it. */
  get specReplicasText(): string {
    return this.scale.specReplicasPath;
  }

  /** @throws StatusError 500 where the object has no replicas, as kube-apiserver does */
  toScale(object: Readonly<KubeObject>): KubeObject {
    if (typeof valueAt(object, this.spec) !== 'number') {
      throw internalError(`the spec replicas field "${this.scale.specReplicasPath}" does not exist`);
    }
    return this.toWritableScale(object);
  }

  /** As {@link toScale}, but where there are no replicas it has {@link NO_REPLICAS}, for a request to replace. */
  toWritableScale(object: Readonly<KubeObject>): KubeObject {
    const found = valueAt(object, this.spec);
    const replicas = typeof found === 'number' ? found : NO_REPLICAS;
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
    return validateReplicas(this.scale.specReplicasPath, this.spec, object);
  }

  validateStatus(object: Readonly<KubeObject>): FieldError[] {
    const errors = validateReplicas(this.scale.statusReplicasPath, this.status, object);
    if (this.selector === undefined) return errors;
    const { fault } = access(object, this.selector, 'string');
    if (fault !== undefined) errors.push(fieldInvalid(this.scale.labelSelectorPath!, '', fault));
    return errors;
  }
}

function validateReplicas(path: string, names: readonly string[], object: Readonly<KubeObject>): FieldError[] {
  const { value, fault } = access(object, names, 'int64');
  if (fault !== undefined) return [fieldInvalid(path, 0, fault)];
  if (typeof value !== 'number' && typeof value !== 'bigint') return [];
  if (value < 0) return [fieldInvalid(path, value, 'should be a non-negative integer')];
  if (value > INT32_MAX) return [fieldInvalid(path, value, `should be less than or equal to ${INT32_MAX}`)];
  return [];
}

/** The value at a path, nothing, or what is wrong on the way to it. */
function access(
  object: Readonly<KubeObject>,
  names: readonly string[],
  wanted: 'int64' | 'string',
): { readonly value?: JsonValue | undefined; readonly fault?: string } {
  let value: JsonValue | undefined = object as JsonObject;
  for (let i = 0; i < names.length; i++) {
    if (value === undefined || value === null) return {};
    if (!isJsonObject(value)) return { fault: accessorFault(names.slice(0, i + 1), value, 'map[string]interface{}') };
    value = Object.hasOwn(value, names[i]!) ? value[names[i]!] : undefined;
  }
  if (value === undefined) return {};
  const type = goType(value);
  return type === wanted ? { value } : { fault: accessorFault(names, value, wanted) };
}

function accessorFault(names: readonly string[], value: JsonValue, wanted: string): string {
  return `.${names.join('.')} accessor error: ${formatGoValue(value)} is of the type ${goType(value)}, expected ${wanted}`;
}

function goType(value: JsonValue): string {
  if (value === null) return '<nil>';
  if (Array.isArray(value)) return '[]interface {}';
  switch (typeof value) {
    case 'boolean':
      return 'bool';
    case 'number':
      return Number.isInteger(value) ? 'int64' : 'float64';
    case 'bigint':
      return 'int64';
    case 'object':
      return 'map[string]interface {}';
    default:
      return typeof value;
  }
}
