import { readFileSync } from 'node:fs';
import type { ServerOptions } from '../config/server-options.js';
import type { Cluster } from './cluster.js';
import { ClusterRoleAggregationReconciler } from './cluster-role-aggregation/cluster-role-aggregation.reconciler.js';
import { GarbageCollectorReconciler } from './garbage-collector/garbage-collector.reconciler.js';
import { NamespaceReconciler } from './namespace/namespace.reconciler.js';
import type { Reconciler } from './reconciler.js';
import { RootCaReconciler } from './root-ca/root-ca.reconciler.js';
import { ServiceAccountReconciler } from './service-account/service-account.reconciler.js';
import { ServiceAddressReconciler } from './service-address/service-address.reconciler.js';
import { StorageVersionMigratorReconciler } from './storage-version-migrator/storage-version-migrator.reconciler.js';

/** Every reconciler that comes with the server; `--reconcilers` chooses among them. */
export function builtinReconcilers(cluster: Cluster, { servingCaFile }: ServerOptions): readonly Reconciler[] {
  return [
    new NamespaceReconciler(cluster),
    new ServiceAccountReconciler(cluster),
    new RootCaReconciler(cluster, readFileSync(servingCaFile, 'utf8')),
    new GarbageCollectorReconciler(cluster),
    new ClusterRoleAggregationReconciler(cluster),
    new StorageVersionMigratorReconciler(cluster),
    new ServiceAddressReconciler(cluster),
  ];
}
