import { ageOf, humanDuration } from '../../apimachinery/table/human-duration.js';
import type { TableContext } from '../../apimachinery/table/table.js';
import type {
  AppsV1ControllerRevision,
  AppsV1DaemonSet,
  AppsV1Deployment,
  AppsV1ReplicaSet,
  AppsV1StatefulSet,
  AutoscalingV1Scale,
  BatchV1CronJob,
  BatchV1Job,
  CoreV1ReplicationController,
} from '../../apis/types.gen.js';
import {
  age,
  cells,
  containerCells,
  isTrue,
  labelsText,
  NONE,
  name,
  type Printers,
  selectorText,
  UNSET,
} from './printer.js';

export const WORKLOAD_PRINTERS: Printers = {
  'apps/v1/deployments': cells<AppsV1Deployment>((deployment, context) => {
    const { spec, status } = deployment;
    const selector = selectorText(spec?.selector);
    return [
      name(deployment),
      `${status?.readyReplicas ?? 0}/${spec?.replicas ?? 0}`,
      status?.updatedReplicas ?? 0,
      status?.availableReplicas ?? 0,
      age(deployment, context),
      ...containerCells(spec?.template),
      selector === NONE ? '' : selector,
    ];
  }),
  'apps/v1/replicasets': cells<AppsV1ReplicaSet>((set, context) => [
    name(set),
    set.spec?.replicas ?? 0,
    set.status?.replicas ?? 0,
    set.status?.readyReplicas ?? 0,
    age(set, context),
    ...containerCells(set.spec?.template),
    selectorText(set.spec?.selector),
  ]),
  'apps/v1/statefulsets': cells<AppsV1StatefulSet>((set, context) => [
    name(set),
    `${set.status?.readyReplicas ?? 0}/${set.spec?.replicas ?? 0}`,
    age(set, context),
    ...containerCells(set.spec?.template),
  ]),
  'apps/v1/daemonsets': cells<AppsV1DaemonSet>((set, context) => [
    name(set),
    set.status?.desiredNumberScheduled ?? 0,
    set.status?.currentNumberScheduled ?? 0,
    set.status?.numberReady ?? 0,
    set.status?.updatedNumberScheduled ?? 0,
    set.status?.numberAvailable ?? 0,
    labelsText(set.spec?.template?.spec?.nodeSelector),
    age(set, context),
    ...containerCells(set.spec?.template),
    selectorText(set.spec?.selector),
  ]),
  'apps/v1/controllerrevisions': cells<AppsV1ControllerRevision>((revision, context) => [
    name(revision),
    controllerOf(revision),
    revision.revision ?? 0,
    age(revision, context),
  ]),
  'v1/replicationcontrollers': cells<CoreV1ReplicationController>((controller, context) => [
    name(controller),
    controller.spec?.replicas ?? 0,
    controller.status?.replicas ?? 0,
    controller.status?.readyReplicas ?? 0,
    age(controller, context),
    ...containerCells(controller.spec?.template),
    labelsText(controller.spec?.selector),
  ]),
  'batch/v1/jobs': cells<BatchV1Job>((job, context) => [
    name(job),
    jobStatus(job),
    completions(job),
    jobDuration(job, context),
    age(job, context),
    ...containerCells(job.spec?.template),
    selectorText(job.spec?.selector),
  ]),
  'batch/v1/cronjobs': cells<BatchV1CronJob>((job, context) => [
    name(job),
    job.spec?.schedule ?? '',
    job.spec?.timeZone ?? NONE,
    job.spec?.suspend === undefined ? UNSET : job.spec.suspend ? 'True' : 'False',
    job.status?.active?.length ?? 0,
    job.status?.lastScheduleTime ? ageOf(job.status.lastScheduleTime, context.now) : NONE,
    age(job, context),
    ...containerCells(job.spec?.jobTemplate?.spec?.template),
    selectorText(job.spec?.jobTemplate?.spec?.selector),
  ]),
  'autoscaling/v1/scale': cells<AutoscalingV1Scale>((scale, context) => [
    name(scale),
    scale.spec?.replicas ?? 0,
    scale.status?.replicas ?? 0,
    age(scale, context),
  ]),
};

/** `daemonset.apps/agent`: the owner that manages the object. */
function controllerOf({ metadata }: Readonly<AppsV1ControllerRevision>): string {
  const owner = metadata.ownerReferences?.find(({ controller }) => controller === true);
  if (owner === undefined) return NONE;
  const slash = owner.apiVersion.indexOf('/');
  const group = slash < 0 ? '' : `.${owner.apiVersion.slice(0, slash)}`;
  return `${owner.kind.toLowerCase()}${group.toLowerCase()}/${owner.name}`;
}

const JOB_STATES = ['Complete', 'Failed'] as const;
const LESSER_JOB_STATES = ['Suspended', 'FailureTarget', 'SuccessCriteriaMet'] as const;

/** An end outweighs deletion, deletion outweighs what the job is on the way to. */
function jobStatus({ metadata, status }: Readonly<BatchV1Job>): string {
  const met = (type: string) => isTrue(status?.conditions, type);
  const ended = JOB_STATES.find(met);
  if (ended !== undefined) return ended;
  if (metadata.deletionTimestamp !== undefined) return 'Terminating';
  return LESSER_JOB_STATES.find(met) ?? 'Running';
}

function completions({ spec, status }: Readonly<BatchV1Job>): string {
  const succeeded = status?.succeeded ?? 0;
  if (spec?.completions !== undefined) return `${succeeded}/${spec.completions}`;
  const parallelism = spec?.parallelism ?? 0;
  return parallelism > 1 ? `${succeeded}/1 of ${parallelism}` : `${succeeded}/1`;
}

function jobDuration({ status }: Readonly<BatchV1Job>, { now }: TableContext): string {
  if (!status?.startTime) return '';
  const end = status.completionTime ? Date.parse(status.completionTime) : now;
  return humanDuration(end - Date.parse(status.startTime));
}
