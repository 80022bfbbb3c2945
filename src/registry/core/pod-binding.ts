import {
  badRequest,
  conflict,
  internalError,
  plainError,
  type StatusError,
} from '../../apimachinery/errors/status-error.js';
import type { KubeObject } from '../../apimachinery/meta/object.js';
import { formatTime } from '../../apimachinery/runtime/time.js';
import { validateChecked } from '../../apimachinery/validation/field-checks.js';
import {
  type FieldError,
  FieldPath,
  fieldNotSupportedAsListed,
  fieldRequired,
} from '../../apimachinery/validation/field-error.js';
import { checkDns1123Subdomain } from '../../apimachinery/validation/names.js';
import type { CoreV1Binding, CoreV1Pod } from '../../apis/types.gen.js';
import { TrustedStrategy } from '../generic/trusted-strategy.js';
import type { PolicyEnvironment } from '../kind-policy.js';
import type { ResourceStore } from '../resource-store.js';
import type { RestContext } from '../rest/context.js';
import { type ObjectView, viewOfValue } from '../rest/object-view.js';
import type { RestStorage, WriteOptions } from '../rest/storage.js';

const TARGET = FieldPath.root('target');

/** What creates answer that have no object to show. */
export function successStatus(code = 201): ObjectView {
  return viewOfValue({ kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code });
}

/**
 * Puts a pod on a node, once: pods/NAME/binding and the collection `bindings`.
 * @see https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/binding-v1/
 */
export class BindingRest implements RestStorage {
  private readonly pods: ResourceStore;

  constructor(
    store: ResourceStore,
    private readonly environment: PolicyEnvironment,
  ) {
    this.pods = store.withStrategy(new TrustedStrategy(store.strategy));
  }

  /** @throws StatusError 400 where names differ, 409 where the pod has a node, 500 for a bad target */
  async create(ctx: RestContext, name: string, object: KubeObject, options: WriteOptions): Promise<ObjectView> {
    const binding = object as CoreV1Binding;
    const podName = binding.metadata.name ?? '';
    if (name !== '' && name !== podName) throw badRequest('name in URL does not match name in Binding object');
    validateBinding(binding);
    await options.validate?.(binding, undefined);
    const uid = binding.metadata.uid;
    const update = (existing: Readonly<KubeObject> | undefined): KubeObject =>
      this.assign(existing as CoreV1Pod, binding);
    await this.pods.update(ctx, podName, update, { dryRun: options.dryRun, ...(uid ? { uidPrecondition: uid } : {}) });
    return successStatus();
  }

  private assign(existing: Readonly<CoreV1Pod>, binding: CoreV1Binding): CoreV1Pod {
    const pod = structuredClone(existing) as CoreV1Pod;
    const name = pod.metadata.name ?? '';
    const refuse = (text: string): StatusError => conflict({ group: '', resource: 'pods/binding' }, name, text);
    if (pod.metadata.deletionTimestamp) throw refuse(`pod ${name} is being deleted, cannot be assigned to a host`);
    if (pod.spec?.nodeName)
      throw refuse(`pod ${name} is already assigned to node ${JSON.stringify(pod.spec.nodeName)}`);
    if ((pod.spec?.schedulingGates ?? []).length > 0) throw refuse(`pod ${name} has non-empty .spec.schedulingGates`);
    pod.spec = { containers: null, ...pod.spec, nodeName: binding.target.name ?? '' };
    const { annotations, labels } = binding.metadata;
    if (annotations) pod.metadata.annotations = { ...pod.metadata.annotations, ...annotations };
    if (labels) pod.metadata.labels = { ...pod.metadata.labels, ...labels };
    setPodCondition(pod, { type: 'PodScheduled', status: 'True' }, this.environment.now());
    if (binding.metadata.resourceVersion) pod.metadata.resourceVersion = binding.metadata.resourceVersion;
    return pod;
  }
}

/** POST to the collection `bindings` itself: the pod is the one the binding is named after. */
export class BindingCollection implements RestStorage {
  private bindings: BindingRest | undefined;

  constructor(private readonly environment: PolicyEnvironment) {}

  /** @throws StatusError as {@link BindingRest.create} */
  async create(ctx: RestContext, _name: string, object: KubeObject, options: WriteOptions): Promise<ObjectView> {
    if (this.bindings === undefined) {
      const pods = this.environment.registry.find('', 'pods')?.store;
      if (pods === undefined) throw internalError('pods are not served');
      this.bindings = new BindingRest(pods, this.environment);
    }
    return this.bindings.create(ctx, '', object, options);
  }
}

/** @throws StatusError 500: upstream gives these faults no other code */
export function validateBinding(binding: CoreV1Binding): void {
  const errors: FieldError[] = [];
  const { kind = '', name = '' } = binding.target ?? {};
  if (kind !== '' && kind !== 'Node') {
    errors.push(fieldNotSupportedAsListed(TARGET.child('kind'), kind, ['Node', '<empty>']));
  }
  if (name === '') errors.push(fieldRequired(TARGET.child('name')));
  else if (kind === '' || kind === 'Node') {
    validateChecked(name, checkDns1123Subdomain, TARGET.child('name'), errors);
  }
  if (errors.length === 0) return;
  const texts = errors.map(({ field, message }) => `${field}: ${message}`);
  throw plainError(texts.length === 1 ? texts[0]! : `[${texts.join(', ')}]`);
}

interface NewCondition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
}

/** Adds a condition or replaces the one of its type; the transition time moves with the status alone. */
export function setPodCondition(pod: CoreV1Pod, condition: NewCondition, now: number): void {
  const conditions = [...(pod.status?.conditions ?? [])];
  const at = conditions.findIndex(({ type }) => type === condition.type);
  const same = at >= 0 && conditions[at]!.status === condition.status;
  const since = same ? conditions[at]!.lastTransitionTime : formatTime(Math.floor(now / 1000));
  const entry = { ...condition, ...(since !== undefined && { lastTransitionTime: since }) };
  if (at >= 0) conditions[at] = entry;
  else conditions.push(entry);
  pod.status = { ...pod.status, conditions };
}
