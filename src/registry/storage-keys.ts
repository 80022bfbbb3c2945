import { badRequest } from '../apimachinery/errors/status-error.js';
import type { GroupResource } from '../apimachinery/meta/group-version.js';
import { pathSegment } from '../apimachinery/validation/names.js';

/** Prefixes under /registry that differ from the plural: messages about preconditions name them. */
const SPECIAL_PREFIXES: Readonly<Record<string, string>> = {
  '/services': 'services/specs',
  '/endpoints': 'services/endpoints',
  '/nodes': 'minions',
  '/replicationcontrollers': 'controllers',
  'events.k8s.io/events': 'events',
  'networking.k8s.io/ingresses': 'ingress',
  'apiregistration.k8s.io/apiservices': 'apiregistration.k8s.io/apiservices',
  'apiextensions.k8s.io/customresourcedefinitions': 'apiextensions.k8s.io/customresourcedefinitions',
};

/** The etcd key that kube-apiserver would store an object under; only texts need it. */
export function registryKey({ group, resource }: GroupResource, custom: boolean, key: string): string {
  const prefix = SPECIAL_PREFIXES[`${group}/${resource}`] ?? (custom ? `${group}/${resource}` : resource);
  return `/registry/${prefix}/${key}`;
}

const DOT = 0x2e;

/** Refuses a name that could not stand in a path. @throws StatusError 400 */
export function checkName(name: string): void {
  if (name.charCodeAt(0) !== DOT && !name.includes('%')) return;
  const faults = pathSegment(name, false);
  if (faults.length > 0) throw badRequest(`Name parameter invalid: ${JSON.stringify(name)}: ${faults.join(';')}`);
}
