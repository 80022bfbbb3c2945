import { StatusError } from '../../apimachinery/errors/status-error.js';
import { FieldManager } from '../../apimachinery/managedfields/field-manager.js';
import { formatGroupVersion } from '../../apimachinery/meta/group-version.js';
import { isJsonObject, type JsonObject, jsonClone, jsonEqual } from '../../apimachinery/meta/json.js';
import type { KubeObject } from '../../apimachinery/meta/object.js';
import { LOOPBACK_USER } from '../../apimachinery/meta/user-info.js';
import type { BootstrapObjects } from '../../apis/catalogue.js';
import { hubKind } from '../resource-definition.js';
import type { ResourceRegistry } from '../resource-registry.js';
import type { ResourceStore } from '../resource-store.js';
import { internalContext } from '../rest/context.js';
import { AsGivenStrategy } from './as-given-strategy.js';
import { clusterTrustConfigMap, reconcileClusterTrust, type TrustSettings } from './cluster-trust.js';
import { reconcileFlowControl } from './flow-control.js';
import { RBAC_RECONCILERS } from './rbac.js';
import type { Reconcile } from './reconcile.js';
import {
  defaultServiceCidr,
  flowSchemaStatus,
  kubernetesEndpointSlice,
  kubernetesEndpoints,
  kubernetesService,
  kubernetesServiceAddress,
  priorityClass,
  type ServerAddress,
  systemNamespace,
} from './system-objects.js';

interface Wanted {
  readonly group: string;
  readonly resource: string;
  readonly object: KubeObject;
  /** Default: what is there is left alone. */
  readonly reconcile?: Reconcile;
  /** Who owns its fields. Default: the server. */
  readonly manager?: string;
  /** Who applies its status. Default: nobody owns it. */
  readonly statusManager?: string;
  /** Through the kind's own strategy, for what only that can do (allocate an address). */
  readonly asClient?: boolean;
}

export interface BootstrapOptions {
  readonly address: ServerAddress;
  /** CIDRs of service cluster IPs, primary first. */
  readonly serviceClusterIpRange: readonly string[];
  /** Whom the server believes: published for servers behind it. */
  readonly trust: TrustSettings;
  /** Clock, ms since the epoch. */
  readonly now: () => number;
}

const SYSTEM_NAMESPACES = ['default', 'kube-system', 'kube-public', 'kube-node-lease'];
const MANAGER = 'kube-apiserver';
const SERVICE_CIDR_MANAGER = 'kubernetes-service-cidr-controller';
const FLOW_CONTROL = {
  manager: 'api-priority-and-fairness-config-producer-v1',
  statusManager: 'api-priority-and-fairness-config-consumer-v1',
};
const LEAVE_ALONE: Reconcile = () => undefined;

/** The server's address may be another one than last time. */
const replaceIfMoved =
  (fields: readonly string[]): Reconcile =>
  (existing, wanted) => {
    if (fields.every((name) => jsonEqual(existing[name], wanted[name]))) return undefined;
    return { ...jsonClone(wanted as KubeObject), metadata: jsonClone(existing.metadata) };
  };

/**
 * What every cluster has from the start: system namespaces, the default RBAC policy, flow control, priority classes, the service range and the
 * `kubernetes` Service. Missing objects are created, all at once so that they share a few commits; default roles that lost
 * rights get them back unless an administrator opted out. A second start only compares.
 * @see https://kubernetes.io/docs/reference/access-authn-authz/rbac/#auto-reconciliation
 */
export class Bootstrap {
  private readonly fields: FieldManager;

  constructor(
    private readonly registry: ResourceRegistry,
    private readonly objects: BootstrapObjects,
    private readonly options: BootstrapOptions,
  ) {
    this.fields = new FieldManager(options.now);
  }

  /** Resolves once everything is durable. Resources that are not served are passed over. */
  async run(): Promise<void> {
    await Promise.all(this.wanted().map((wanted) => this.ensure(wanted)));
    // The Service's strategy may have recorded its address itself: this comes after it.
    await this.ensure(this.serviceAddress());
  }

  private wanted(): Wanted[] {
    const { address, serviceClusterIpRange, trust, now } = this.options;
    const at = now();
    const core = (resource: string, object: KubeObject): Wanted => ({ group: '', resource, object });
    const wanted: Wanted[] = SYSTEM_NAMESPACES.map((name) => core('namespaces', systemNamespace(name)));
    wanted.push({ ...core('configmaps', clusterTrustConfigMap(trust)), reconcile: reconcileClusterTrust(at) });
    for (const [resource, reconcile] of Object.entries(RBAC_RECONCILERS)) {
      for (const object of this.given(resource)) {
        wanted.push({ group: 'rbac.authorization.k8s.io', resource, object, reconcile });
      }
    }
    for (const resource of ['flowschemas', 'prioritylevelconfigurations']) {
      for (const object of this.given(resource)) {
        const status = resource === 'flowschemas' ? flowSchemaStatus(object, at) : {};
        const group = 'flowcontrol.apiserver.k8s.io';
        wanted.push({
          group,
          resource,
          object: { ...object, status },
          reconcile: reconcileFlowControl,
          ...FLOW_CONTROL,
        });
      }
    }
    for (const object of this.given('priorityclasses')) {
      wanted.push({ group: 'scheduling.k8s.io', resource: 'priorityclasses', object: priorityClass(object) });
    }
    const cidr = defaultServiceCidr(serviceClusterIpRange, at);
    wanted.push({
      group: 'networking.k8s.io',
      resource: 'servicecidrs',
      object: cidr,
      statusManager: SERVICE_CIDR_MANAGER,
    });
    const service = kubernetesService(serviceClusterIpRange, address);
    wanted.push({ ...core('services', service), asClient: true });
    const endpoints = kubernetesEndpoints(address);
    const slice = kubernetesEndpointSlice(address);
    if (endpoints !== undefined) {
      wanted.push({ ...core('endpoints', endpoints), reconcile: replaceIfMoved(['subsets']) });
    }
    if (slice !== undefined) {
      const reconcile = replaceIfMoved(['endpoints', 'ports']);
      wanted.push({ group: 'discovery.k8s.io', resource: 'endpointslices', object: slice, reconcile });
    }
    return wanted;
  }

  private serviceAddress(): Wanted {
    const object = kubernetesServiceAddress(this.options.serviceClusterIpRange);
    return { group: 'networking.k8s.io', resource: 'ipaddresses', object };
  }

  private given(resource: string): KubeObject[] {
    return (this.objects[resource] ?? []) as readonly KubeObject[] as KubeObject[];
  }

  private async ensure(wanted: Wanted): Promise<void> {
    const store = this.registry.find(wanted.group, wanted.resource)?.store;
    if (store === undefined) return;
    const { name = '', namespace = '' } = wanted.object.metadata;
    const ctx = internalContext(LOOPBACK_USER, namespace);
    // One that cannot be read waits for an administrator; the server starts without it.
    if (store.collection.corrupt(store.keyOf(ctx, name)) !== undefined) return;
    const stored = store.collection.get(store.keyOf(ctx, name));
    if (stored === undefined) return this.create(store, wanted);
    const next = (wanted.reconcile ?? LEAVE_ALONE)(stored.decode(), wanted.object);
    if (next === undefined) return;
    if (next === 'recreate') {
      await store.delete(ctx, name, {}, { dryRun: false });
      return this.create(store, wanted);
    }
    await asGiven(store).update(ctx, name, () => next, { dryRun: false });
  }

  /** Another replica may be starting too: what it creates first is as good. */
  private async create(store: ResourceStore, wanted: Wanted): Promise<void> {
    const { object, asClient } = wanted;
    const copy = jsonClone(object) as KubeObject;
    const { definition, strategy } = store;
    definition.versions.find(({ version }) => version === definition.hubVersion)?.applyDefaults(copy);
    this.own(store, copy, wanted);
    if (strategy.tracksGeneration) copy.metadata.generation = 1;
    const ctx = internalContext(LOOPBACK_USER, copy.metadata.namespace ?? '');
    try {
      await (asClient ? store : asGiven(store)).create(ctx, '', copy, { dryRun: false });
    } catch (error) {
      if (!(error instanceof StatusError) || error.reason !== 'AlreadyExists') throw error;
    }
  }

  /**
   * Gives the fields to who upstream sends them: the object to one, its status to another, who applies it. Nobody owns a namespace's
   * finalizers, which come with its creation.
   */
  private own({ definition, strategy }: ResourceStore, object: KubeObject, wanted: Wanted): void {
    const schema = definition.versions.find(({ version }) => version === definition.hubVersion)?.schema;
    if (schema === undefined) return;
    const kind = hubKind(definition);
    const { status, ...rest } = object;
    const sent = { ...rest } as KubeObject;
    if (definition.resource === 'namespaces') delete sent['spec'];
    const target = { kind, schema, subresource: '', resetFields: strategy.resetFields() };
    let owned = this.fields.update(undefined, sent, wanted.manager ?? MANAGER, target);
    if (wanted.statusManager !== undefined && isJsonObject(status) && Object.keys(status).length > 0) {
      const type = { apiVersion: formatGroupVersion(kind), kind: kind.kind };
      const applied = { ...type, metadata: { name: object.metadata.name! }, status: withoutEmptyTexts(status) };
      const door = { ...target, subresource: 'status', resetFields: {} };
      owned = this.fields.apply({ ...type, ...owned }, applied, wanted.statusManager, true, door);
    }
    const { managedFields } = owned.metadata;
    if (managedFields !== undefined) object.metadata.managedFields = managedFields;
  }
}

/** What is applied leaves empty texts out, and so nobody owns them. */
function withoutEmptyTexts(status: JsonObject): JsonObject {
  return JSON.parse(JSON.stringify(status, (_, value: unknown) => (value === '' ? undefined : value))) as JsonObject;
}

function asGiven(store: ResourceStore): ResourceStore {
  return store.withStrategy(new AsGivenStrategy(store.strategy));
}
