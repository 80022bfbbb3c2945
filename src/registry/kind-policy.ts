import type { GroupVersionKind } from '../apimachinery/meta/group-version.js';
import type { KubeObject } from '../apimachinery/meta/object.js';
import type { TableConvertor } from '../apimachinery/table/table.js';
import type { Catalogue } from '../apis/catalogue.js';
import type { RegistrySecurity } from './authorization/security-ports.js';
import type { ExpressionChecker } from './generic/expression-checker.js';
import type { SubresourceDefinition } from './resource-definition.js';
import type { ResourceRegistry } from './resource-registry.js';
import type { ResourceStore } from './resource-store.js';
import type { RestStorage } from './rest/storage.js';
import type { Strategy } from './rest/strategy.js';

/** What policies may use of the running server. Values, not services: a policy stays easy to test. */
export interface PolicyEnvironment {
  /** Clock, ms since the epoch. */
  readonly now: () => number;
  /** Numbers from 0 to below 1. */
  readonly random: () => number;
  /** Other resources' stores (services by endpoints, service accounts by pods). Look up when called, never when built. */
  readonly registry: ResourceRegistry;
  /** CIDRs of service cluster IPs, primary first. */
  readonly serviceClusterIpRange: readonly string[];
  readonly serviceNodePortRange: { readonly from: number; readonly to: number };
  /** Which of a node's addresses leads to its kubelet, the best first; unset: as kube-apiserver has it by default. */
  readonly kubeletPreferredAddressTypes?: readonly string[];
  /** Built-in types, for messages that show a whole value as upstream holds it. */
  readonly catalogue: Catalogue;
  /** Read when a request comes, never when a policy is built: security itself is built over the stores. */
  readonly security?: RegistrySecurity;
  /** Compiles CEL expressions that objects carry; without it they are taken as they are. */
  readonly expressions?: ExpressionChecker;
}

/**
 * Per-kind code of one built-in resource: everything the catalogue does not say. Schema, names, verbs, columns and the generic
 * status subresource come from data; a policy adds its strategy, defaults, cells and special subresources.
 */
export interface KindPolicy {
  readonly group: string;
  readonly resource: string;
  /** Version of storage and strategy where the resource has several; default: the first served one. */
  readonly hubVersion?: string;
  /**
   * Where the objects are those of another group's resource (events.k8s.io and core events): that resource's collection and
   * kind. `hubVersion` then is a name of its own that `convert` knows, and the strategy works on that kind.
   */
  readonly sharedWith?: { readonly collection: string; readonly kind: GroupVersionKind };
  readonly strategy: (environment: PolicyEnvironment) => Strategy;
  /** Strategy of the status subresource; default: the generic one (only status changes, no generation). */
  readonly statusStrategy?: (main: Strategy, environment: PolicyEnvironment) => Strategy;
  /** In-code defaults by API version, in place. The catalogue's own `default` values are applied before. */
  readonly defaults?: Readonly<Record<string, (object: KubeObject) => void>>;
  /** Special subresources (scale, binding, token...); `status` is made from the catalogue. */
  readonly subresources?: (store: ResourceStore, environment: PolicyEnvironment) => readonly SubresourceDefinition[];
  /** Puts something before the store for clients (checks on writes); reconcilers' own writes may use the store behind it. */
  readonly guard?: (store: ResourceStore, environment: PolicyEnvironment) => RestStorage;
  /** Conversion between versions where there are several. */
  readonly convert?: (object: KubeObject, from: string, to: string) => KubeObject;
}

/** Cells of a built-in kind by `groupVersion/resource`, beside the columns of `apis/data/columns.json`. */
export type TableConvertors = ReadonlyMap<string, TableConvertor>;
