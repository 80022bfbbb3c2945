import { hostname } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import type { KubeObject } from '../../apimachinery/meta/object.js';
import type { Client } from '../../client/client.js';
import { LeaderElector } from '../../client/leader-election.js';
import type { ApiObjectLike } from '../../client/resource-type.js';
import { WORK_QUEUE_DEFAULTS, WorkQueue } from '../../client/work-queue.js';
import { Reconciler } from '../../reconcilers/reconciler.js';
import type { ResourceRegistry } from '../../registry/resource-registry.js';
import type { AnyResource, Reconcile, ReconcileRequest, ReconcilesRole } from '../decorators/reconciles.js';
import { ResourceEvents } from './resource-events.js';
import { type ResourceKey, resourceKeyOf } from './resource-key.js';

const LEASE_NAMESPACE = 'kube-system';
/** What cannot begin is tried again after this. */
const START_RETRY_MS = 5_000;
/** A server that stops waits no longer for work under way. */
const STOP_MS_MAX = 5_000;

/** What a reconciler of a plugin needs of the server. */
export interface ReconcilerParts {
  readonly name: string;
  readonly role: ReconcilesRole;
  readonly provider: Reconcile<ApiObjectLike>;
  readonly client: Client;
  readonly registry: ResourceRegistry;
  readonly log: (reconciler: string, key: string, error: unknown) => void;
}

/** A provider with `@Reconciles` as a control loop of the server. Whatever it throws is logged and tried again. */
export class PluginReconciler extends Reconciler {
  readonly name: string;
  private readonly key: ResourceKey;
  private readonly elector: LeaderElector | undefined;
  private queue: WorkQueue | undefined;
  private events: ResourceEvents[] = [];

  constructor(private readonly parts: ReconcilerParts) {
    super();
    const { name, role, client } = parts;
    this.name = name;
    this.key = resourceKeyOf(role.resource);
    if (role.leaderElection !== true) return;
    const identity = `${hostname()}_${process.pid}_${crypto.randomUUID()}`;
    const leaseName = `kubenest-${name.replaceAll(/[^A-Za-z0-9]+/g, '-').toLowerCase()}`;
    this.elector = new LeaderElector(client, { namespace: LEASE_NAMESPACE, leaseName, identity });
  }

  override start(): void {
    if (this.elector === undefined) this.work();
    else
      this.elector.start(
        () => this.work(),
        () => this.rest(),
      );
  }

  override async stop(): Promise<void> {
    if (this.elector === undefined) await this.rest();
    else await this.elector.stop();
  }

  private work(): void {
    const { role, registry, client, log } = this.parts;
    const queue = new WorkQueue(
      {
        ...WORK_QUEUE_DEFAULTS,
        ...(role.concurrency !== undefined && { concurrency: role.concurrency }),
        name: this.name,
        onError: (key, error) => log(this.name, key, error),
      },
      (key) => this.reconcile(queue, key),
    );
    this.queue = queue;
    const follow = (resource: AnyResource, keysOf: (object: KubeObject) => readonly string[]): ResourceEvents =>
      new ResourceEvents(registry, client, resourceKeyOf(resource), (namespace, name, read) => {
        try {
          for (const key of keysOf(read())) queue.add(key);
        } catch (error) {
          log(this.name, `${namespace}/${name}`, error);
        }
      });
    const { owns = [], watches = [] } = role;
    this.events = [
      new ResourceEvents(registry, client, this.key, (namespace, name) => queue.add(`${namespace}/${name}`)),
      ...owns.map((resource) => follow(resource, (object) => this.ownersOf(object))),
      ...watches.map(({ resource, requests }) => follow(resource, (object) => requests(object).map(keyOf))),
    ];
    for (const events of this.events) this.begin(events, queue);
  }

  private begin(events: ResourceEvents, queue: WorkQueue): void {
    if (this.queue !== queue) return;
    try {
      events.start();
    } catch (error) {
      this.parts.log(this.name, 'start', error);
      setTimeout(() => this.begin(events, queue), START_RETRY_MS).unref();
    }
  }

  private async rest(): Promise<void> {
    for (const events of this.events) events.stop();
    this.events = [];
    const { queue } = this;
    this.queue = undefined;
    if (queue === undefined) return;
    const late = delay(STOP_MS_MAX, 'late' as const, { ref: false });
    if ((await Promise.race([queue.stop(), late])) !== 'late') return;
    this.parts.log(this.name, 'stop', new Error(`work goes on after ${STOP_MS_MAX} ms: it is left behind`));
  }

  private async reconcile(queue: WorkQueue, key: string): Promise<void> {
    const { role, provider, client } = this.parts;
    const [namespace = '', name = ''] = key.split('/', 2);
    const { group, version, resource } = this.key;
    const objects = client.resource<ApiObjectLike>({
      apiVersion: group === '' ? version : `${group}/${version}`,
      resource,
    });
    const object = await objects.find(name, { namespace });
    const result = await provider.reconcile({ name, namespace }, object);
    const again = result?.requeueAfterMs ?? (object === undefined ? undefined : role.resyncMs);
    if (again !== undefined) queue.addAfter(key, again);
  }

  /** Key of the object of ours that controls another, if one does. */
  private ownersOf({ metadata }: KubeObject): readonly string[] {
    const { group, resource } = this.key;
    const definition = this.parts.registry.find(group, resource)?.definition;
    const owner = metadata.ownerReferences?.find(
      ({ controller, kind, apiVersion }) =>
        controller === true && kind === definition?.kind && groupOf(apiVersion) === group,
    );
    if (owner === undefined) return [];
    const namespace = definition?.namespaced === true ? (metadata.namespace ?? '') : '';
    return [keyOf({ namespace, name: owner.name })];
  }
}

function keyOf({ namespace, name }: ReconcileRequest): string {
  return `${namespace}/${name}`;
}

function groupOf(apiVersion: string): string {
  return apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '';
}
