import { jsonEqual } from '../../apimachinery/meta/json.js';
import type { KubeObject } from '../../apimachinery/meta/object.js';
import { Informer } from '../../client/informer.js';
import { WORK_QUEUE_DEFAULTS, WorkQueue } from '../../client/work-queue.js';
import { aggregatedRules } from '../../registry/rbac/aggregation.js';
import type { ResourceStore } from '../../registry/resource-store.js';
import { type Cluster, isNotFound, requireStore, systemContext } from '../cluster.js';
import { Reconciler } from '../reconciler.js';

/** Only roles with this text are asked for their selectors. */
const AGGREGATES = '"aggregationRule"';

/**
 * Gives aggregated ClusterRoles (`admin`, `edit`, `view`) the rules of the roles that their selectors pick. Any change of a role
 * may concern any aggregated one; there are few of those.
 * @see https://kubernetes.io/docs/reference/access-authn-authz/rbac/#aggregated-clusterroles
 */
export class ClusterRoleAggregationReconciler extends Reconciler {
  readonly name = 'clusterrole-aggregation-controller';
  private readonly queue: WorkQueue;
  private informer: Informer | undefined;
  /** Names of the roles that aggregate. */
  private readonly aggregated = new Set<string>();

  constructor(private readonly cluster: Cluster) {
    super();
    this.queue = new WorkQueue(
      {
        name: this.name,
        ...WORK_QUEUE_DEFAULTS,
        // One role may pick another aggregated one: in turn, they settle.
        concurrency: 1,
        onError: (key, error) => cluster.log(this.name, key, error),
      },
      (name) => this.reconcile(name),
    );
  }

  start(): void {
    const changed = (object: { name: string; json: Buffer }) => {
      if (object.json.includes(AGGREGATES)) this.aggregated.add(object.name);
      else this.aggregated.delete(object.name);
      this.all();
    };
    this.informer = new Informer(this.roles().collection, {
      added: changed,
      updated: changed,
      deleted: ({ name }) => {
        this.aggregated.delete(name);
        this.all();
      },
      unreadable: () => this.all(),
    });
    this.informer.start();
  }

  async stop(): Promise<void> {
    this.informer?.stop();
    await this.queue.stop();
  }

  private all(): void {
    for (const name of this.aggregated) this.queue.add(name);
  }

  private roles(): ResourceStore {
    return requireStore(this.cluster, 'rbac.authorization.k8s.io', 'clusterroles');
  }

  async reconcile(name: string): Promise<void> {
    const roles = this.roles();
    const role = roles.collection.get(name)?.decode();
    if (role === undefined) return;
    const page = await roles.collection.list({});
    // Nobody knows what one that cannot be read would add: what has been added stays.
    if (page.corrupt !== undefined) return;
    const rules = aggregatedRules(
      role,
      page.items.map((item) => item.decode()),
    );
    if (rules === undefined || jsonEqual(rules, role['rules'] ?? [])) return;
    try {
      await roles.update(systemContext(''), name, (existing) => ({ ...existing, rules }) as KubeObject, {
        dryRun: false,
      });
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }
}
