import {
  badRequest,
  forbidden,
  plainError,
  StatusError,
  tooManyRequests,
} from '../../apimachinery/errors/status-error.js';
import type { KubeObject } from '../../apimachinery/meta/object.js';
import { formatTime } from '../../apimachinery/runtime/time.js';
import { EVERYTHING } from '../../apimachinery/selectors/selector.js';
import { selectorMatches } from '../../apimachinery/validation/label-selector-validation.js';
import type {
  CoreV1Pod,
  MetaV1Condition,
  PolicyV1Eviction,
  PolicyV1PodDisruptionBudget,
} from '../../apis/types.gen.js';
import { TrustedStrategy } from '../generic/trusted-strategy.js';
import type { PolicyEnvironment } from '../kind-policy.js';
import { ResourceStore } from '../resource-store.js';
import type { RestContext } from '../rest/context.js';
import type { ObjectView } from '../rest/object-view.js';
import type { DeleteOptions, RestStorage, WriteOptions } from '../rest/storage.js';
import { setPodCondition, successStatus } from './pod-binding.js';

const BUDGETS = { group: 'policy', resource: 'poddisruptionbudgets' };
/** As messages name one. */
const BUDGET = { ...BUDGETS, resource: 'poddisruptionbudget' };
const REFUSAL = "Cannot evict pod as it would violate the pod's disruption budget.";
/** Evictions that a budget remembers until its pods are gone. */
const DISRUPTED_PODS_MAX = 2000;
const STILL_PROCESSING_RETRY_SECONDS = 10;

/** Deletes a pod unless its disruption budget has no room. @see https://kubernetes.io/docs/concepts/scheduling-eviction/api-eviction/ */
export class EvictionRest implements RestStorage {
  private readonly trusted: ResourceStore;

  constructor(
    private readonly pods: ResourceStore,
    private readonly environment: PolicyEnvironment,
  ) {
    this.trusted = pods.withStrategy(new TrustedStrategy(pods.strategy));
  }

  /** @throws StatusError 400, 404, 429 where the budget refuses, 500 for several budgets */
  async create(ctx: RestContext, name: string, object: KubeObject, options: WriteOptions): Promise<ObjectView> {
    const eviction = object as PolicyV1Eviction;
    if (eviction.metadata.name !== name) throw badRequest('name in URL does not match name in Eviction object');
    const deleteOptions = { ...eviction.deleteOptions } as DeleteOptions;
    const dryRun = options.dryRun || (deleteOptions.dryRun ?? []).length > 0;
    const pod = (await this.pods.get(ctx, name)).value() as CoreV1Pod;
    await options.validate?.(eviction, undefined);
    if (!needsNoBudget(pod)) await this.charge(ctx, pod, dryRun);
    if (!dryRun) await this.mark(ctx, name);
    await this.pods.delete(ctx, name, deleteOptions, { dryRun });
    return successStatus();
  }

  private async mark(ctx: RestContext, name: string): Promise<void> {
    const update = (existing: Readonly<KubeObject> | undefined): KubeObject => {
      const pod = structuredClone(existing) as CoreV1Pod;
      const condition = {
        type: 'DisruptionTarget',
        status: 'True',
        reason: 'EvictionByEvictionAPI',
        message: 'Eviction API: evicting',
      };
      setPodCondition(pod, condition, this.environment.now());
      return pod;
    };
    await this.trusted.update(ctx, name, update, { dryRun: false });
  }

  private async charge(ctx: RestContext, pod: CoreV1Pod, dryRun: boolean): Promise<void> {
    const storage = this.environment.registry.find(BUDGETS.group, BUDGETS.resource)?.storage;
    if (!(storage instanceof ResourceStore)) return;
    const found = await storage.list(ctx, LIST_ALL);
    const budgets = found.items
      .map((item) => item.value() as PolicyV1PodDisruptionBudget)
      .filter(({ spec }) => spec?.selector && selectorMatches(spec.selector, pod.metadata.labels ?? {}));
    if (budgets.length > 1) {
      throw plainError(
        'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.',
      );
    }
    const budget = budgets[0];
    if (!budget || (!isReady(pod) && unreadyMayGo(budget))) return;
    const door = storage.withStrategy(new TrustedStrategy(storage.strategy));
    const update = (existing: Readonly<KubeObject> | undefined): KubeObject =>
      this.decrement(structuredClone(existing) as PolicyV1PodDisruptionBudget, pod.metadata.name ?? '');
    await door.update(ctx, budget.metadata.name ?? '', update, { dryRun });
  }

  private decrement(budget: PolicyV1PodDisruptionBudget, podName: string): PolicyV1PodDisruptionBudget {
    const name = budget.metadata.name ?? '';
    const status = { disruptionsAllowed: 0, currentHealthy: 0, desiredHealthy: 0, expectedPods: 0, ...budget.status };
    if (Number(status.observedGeneration ?? 0) < Number(budget.metadata.generation ?? 0)) {
      const text = `The disruption budget ${name} is still being processed by the server.`;
      throw refusal(text, STILL_PROCESSING_RETRY_SECONDS);
    }
    if (status.disruptionsAllowed < 0) throw forbidden(BUDGET, name, 'pdb disruptions allowed is negative');
    if (Object.keys(status.disruptedPods ?? {}).length > DISRUPTED_PODS_MAX) {
      throw forbidden(BUDGET, name, 'DisruptedPods map too big - too many evictions not confirmed by PDB controller');
    }
    if (status.disruptionsAllowed === 0) {
      const { desiredHealthy, currentHealthy } = status;
      const text = `The disruption budget ${name} needs ${desiredHealthy} healthy pods and has ${currentHealthy} currently`;
      throw refusal(text, 0);
    }
    const now = formatTime(Math.floor(this.environment.now() / 1000));
    status.disruptionsAllowed--;
    status.disruptedPods = { ...status.disruptedPods, [podName]: now };
    if (status.disruptionsAllowed === 0) {
      status.conditions = withoutRoom(status.conditions ?? [], status.observedGeneration ?? 0, now);
    }
    budget.status = status;
    return budget;
  }
}

/** Tells that there is no room, since when there is none. */
function withoutRoom(
  conditions: readonly MetaV1Condition[],
  observedGeneration: number,
  now: string,
): MetaV1Condition[] {
  const type = 'DisruptionAllowed';
  const at = conditions.findIndex((condition) => condition.type === type);
  const before = conditions[at];
  const lastTransitionTime = before?.status === 'False' ? before.lastTransitionTime : now;
  const reason = 'InsufficientPods';
  const condition = { type, status: 'False', reason, message: '', observedGeneration, lastTransitionTime };
  return before === undefined ? [...conditions, condition] : conditions.with(at, condition);
}

const LIST_ALL = {
  labels: EVERYTHING,
  fields: EVERYTHING,
  limit: 0,
  continueToken: '',
  resourceVersion: '',
  resourceVersionMatch: '' as const,
};

function refusal(text: string, retryAfterSeconds: number): StatusError {
  const error = tooManyRequests(REFUSAL, retryAfterSeconds);
  const causes = [{ reason: 'DisruptionBudget', message: text }];
  return new StatusError(error.code, error.reason, error.message, {
    causes,
    ...(retryAfterSeconds > 0 && { retryAfterSeconds }),
  });
}

/** Pods that have ended, have not begun, or are on their way out disturb nobody by going. */
function needsNoBudget(pod: CoreV1Pod): boolean {
  const phase = pod.status?.phase;
  return (
    phase === 'Succeeded' || phase === 'Failed' || phase === 'Pending' || pod.metadata.deletionTimestamp !== undefined
  );
}

const isReady = (pod: CoreV1Pod): boolean =>
  (pod.status?.conditions ?? []).some(({ type, status }) => type === 'Ready' && status === 'True');

function unreadyMayGo(budget: PolicyV1PodDisruptionBudget): boolean {
  if (budget.spec?.unhealthyPodEvictionPolicy === 'AlwaysAllow') return true;
  const { currentHealthy = 0, desiredHealthy = 0 } = budget.status ?? {};
  return desiredHealthy > 0 && currentHealthy >= desiredHealthy;
}
