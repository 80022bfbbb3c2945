import type { JsonObject } from '../../apimachinery/meta/json.js';
import { ageOf } from '../../apimachinery/table/human-duration.js';
import type { TableContext, TableRowCells } from '../../apimachinery/table/table.js';
import type { CoreV1ContainerStatus, CoreV1Pod, CoreV1PodTemplate } from '../../apis/types.gen.js';
import { age, cells, containerCells, isTrue, labelsText, NONE, name, type Printers } from './printer.js';

/** What `kubectl get pods` shows: a status worked out from phase, containers and deletion. */
export const POD_PRINTERS: Printers = {
  'v1/pods': { row: (object, context) => podRow(object as CoreV1Pod, context) },
  'v1/podtemplates': cells<CoreV1PodTemplate>((template) => [
    name(template),
    ...containerCells(template.template),
    labelsText(template.template?.metadata?.labels),
  ]),
};

const SUCCEEDED: JsonObject[] = [
  { type: 'Completed', status: 'True', reason: 'Succeeded', message: 'The pod has completed successfully.' },
];
const FAILED: JsonObject[] = [{ type: 'Completed', status: 'True', reason: 'Failed', message: 'The pod failed.' }];

function podRow(pod: Readonly<CoreV1Pod>, context: TableContext): TableRowCells {
  const state = new PodState(pod);
  const { spec, status } = pod;
  const row = [
    name(pod),
    `${state.ready}/${state.total}`,
    state.reason,
    restartsText(state, context),
    age(pod, context),
    orNone(status?.podIPs?.[0]?.ip ?? status?.podIP),
    orNone(spec?.nodeName),
    orNone(status?.nominatedNodeName),
    readinessGates(pod),
  ];
  if (status?.phase === 'Succeeded') return { cells: row, conditions: SUCCEEDED };
  return status?.phase === 'Failed' ? { cells: row, conditions: FAILED } : { cells: row };
}

function orNone(text: string | undefined): string {
  return text === undefined || text === '' ? NONE : text;
}

function restartsText({ restarts, lastRestart }: PodState, { now }: TableContext): string {
  return restarts === 0 || lastRestart === '' ? String(restarts) : `${restarts} (${ageOf(lastRestart, now)} ago)`;
}

/** `met/wanted`, or none where the pod has no gates. */
function readinessGates({ spec, status }: Readonly<CoreV1Pod>): string {
  const gates = spec?.readinessGates ?? [];
  if (gates.length === 0) return NONE;
  const met = gates.filter(
    ({ conditionType }) => status?.conditions?.find(({ type }) => type === conditionType)?.status === 'True',
  );
  return `${met.length}/${gates.length}`;
}

/** One walk over a pod's container states. Restarts count those of the phase the pod is in: initialising or running. */
class PodState {
  ready = 0;
  total: number;
  reason: string;
  restarts = 0;
  /** When the last counted restart ended a container; '' where unknown. */
  lastRestart = '';
  private readonly sidecars: ReadonlySet<string>;
  /** Statuses of the sidecars that were looked at until one had to be waited for. */
  private readonly seenSidecars: CoreV1ContainerStatus[] = [];

  constructor(private readonly pod: Readonly<CoreV1Pod>) {
    const { spec, status } = pod;
    const sidecars = (spec?.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always');
    this.sidecars = new Set(sidecars.map((container) => container.name));
    this.total = (spec?.containers ?? []).length + sidecars.length;
    this.reason = status?.reason || status?.phase || '';
    if (status?.conditions?.some(({ type, reason }) => type === 'PodScheduled' && reason === 'SchedulingGated')) {
      this.reason = 'SchedulingGated';
    }
    const initializing = this.initContainers();
    if (!initializing || isTrue(status?.conditions, 'Initialized')) this.containers();
    this.deletion();
  }

  /** @returns whether an init container is still to be waited for */
  private initContainers(): boolean {
    const statuses = this.pod.status?.initContainerStatuses ?? [];
    for (let i = 0; i < statuses.length; i++) {
      const status = statuses[i]!;
      this.count(status);
      if (this.sidecars.has(status.name)) this.seenSidecars.push(status);
      const { terminated, waiting } = status.state ?? {};
      if (terminated !== undefined && !terminated.exitCode) continue;
      if (this.sidecars.has(status.name) && status.started === true) {
        if (status.ready) this.ready++;
        continue;
      }
      if (terminated !== undefined) this.reason = `Init:${endReason(terminated)}`;
      else if (waiting?.reason && waiting.reason !== 'PodInitializing') this.reason = `Init:${waiting.reason}`;
      else this.reason = `Init:${i}/${(this.pod.spec?.initContainers ?? []).length}`;
      return true;
    }
    return false;
  }

  private containers(): void {
    this.restarts = 0;
    this.lastRestart = '';
    const { containerStatuses, conditions } = this.pod.status ?? {};
    for (const status of this.seenSidecars) this.count(status);
    let running = false;
    for (const status of [...(containerStatuses ?? [])].reverse()) {
      this.count(status);
      const { waiting, terminated } = status.state ?? {};
      if (waiting?.reason) this.reason = waiting.reason;
      else if (terminated !== undefined) this.reason = endReason(terminated);
      else if (status.ready && status.state?.running !== undefined) {
        running = true;
        this.ready++;
      }
    }
    if (this.reason === 'Completed' && running) this.reason = isTrue(conditions, 'Ready') ? 'Running' : 'NotReady';
  }

  private deletion(): void {
    const { metadata, status } = this.pod;
    if (metadata.deletionTimestamp === undefined) return;
    if (status?.reason === 'NodeLost') this.reason = 'Unknown';
    else if (status?.phase !== 'Failed' && status?.phase !== 'Succeeded') this.reason = 'Terminating';
  }

  private count(status: CoreV1ContainerStatus): void {
    this.restarts += status.restartCount ?? 0;
    const ended = status.lastState?.terminated?.finishedAt ?? '';
    if (ended > this.lastRestart) this.lastRestart = ended;
  }
}

function endReason(terminated: { reason?: string; signal?: number; exitCode?: number }): string {
  if (terminated.reason) return terminated.reason;
  return terminated.signal ? `Signal:${terminated.signal}` : `ExitCode:${terminated.exitCode ?? 0}`;
}
