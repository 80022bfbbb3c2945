import type { JsonObject } from '../apimachinery/meta/json.js';
import type { KubeObject, ObjectMeta } from '../apimachinery/meta/object.js';
import { LOOPBACK_USER } from '../apimachinery/meta/user-info.js';
import type { AuthorizationResult, Authorizer } from '../security/authorization/authorizer.js';
import type { AdmissionAttributes, AdmissionPlugin } from './admission.js';
import { ObjectLookup } from './object-lookup.js';

/** An object out of its parts, for specs. */
export function objectOf(metadata: ObjectMeta, rest: JsonObject = {}): KubeObject {
  return { metadata, ...rest };
}

/** A pod in namespace `ns`; one container `c` unless the spec says otherwise. */
export function pod(spec: JsonObject = {}, metadata: ObjectMeta = {}): KubeObject {
  const containers = [{ name: 'c', image: 'i' }];
  return objectOf({ name: 'p', namespace: 'ns', ...metadata }, { spec: { containers, ...spec } });
}

export interface SeenRequest extends AdmissionAttributes {
  readonly warnings: string[];
  readonly notes: Record<string, string>;
}

/** A create in namespace `ns` of a pod, changed by what is given. @param path `group/resource`, with an empty core group */
export function request(
  path: string,
  object: KubeObject | undefined,
  more: Partial<AdmissionAttributes> = {},
): SeenRequest {
  const [group = '', resource = ''] = path.split('/');
  const warnings: string[] = [];
  const notes: Record<string, string> = {};
  return {
    operation: 'CREATE',
    kind: { group, version: 'v1', kind: 'Kind' },
    resource: { group, version: 'v1', resource },
    subresource: '',
    namespace: 'ns',
    name: object?.metadata.name ?? '',
    object,
    oldObject: undefined,
    options: {},
    dryRun: false,
    user: LOOPBACK_USER,
    warn: (text) => void warnings.push(text),
    annotate: (key, value) => {
      notes[key] = value;
    },
    warnings,
    notes,
    ...more,
  };
}

/** Both phases of one plugin, as the chain runs them; false where it does not care for the request. */
export async function admit(plugin: AdmissionPlugin, attributes: AdmissionAttributes): Promise<boolean> {
  if (!plugin.handles(attributes)) return false;
  await plugin.mutate?.(attributes);
  await plugin.validate?.(attributes);
  return true;
}

/** A lookup in what a spec has put there. */
export class KnownObjects extends ObjectLookup {
  private readonly objects = new Map<string, KubeObject>();

  /** @param path `group/resource` */
  put(path: string, object: KubeObject): this {
    this.objects.set(`${path} ${object.metadata.namespace ?? ''}/${object.metadata.name}`, object);
    return this;
  }

  override get<T extends KubeObject>(group: string, resource: string, namespace: string, name: string) {
    return this.objects.get(`${group}/${resource} ${namespace}/${name}`) as T | undefined;
  }

  override list<T extends KubeObject>(group: string, resource: string, namespace: string): T[] {
    const prefix = `${group}/${resource} ${namespace}/`;
    return [...this.objects.keys()]
      .filter((key) => key.startsWith(prefix))
      .sort()
      .map((key) => this.objects.get(key) as T);
  }

  override any(group: string, resource: string, namespace: string): boolean {
    return this.list(group, resource, namespace).length > 0;
  }
}

/** Allows what is listed as `verb resource[/subresource] name`. */
export function allowing(...allowed: string[]): Authorizer {
  return {
    authorize: ({ verb, resource, subresource, name }): AuthorizationResult => {
      const asked = `${verb} ${resource}${subresource === '' ? '' : `/${subresource}`} ${name}`;
      return { decision: allowed.includes(asked) ? 'allow' : 'noOpinion', reason: '' };
    },
    rulesFor: () => ({ resource: [], nonResource: [], incomplete: false }),
  };
}
