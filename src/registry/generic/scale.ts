import { conflict, invalid } from '../../apimachinery/errors/status-error.js';
import { ScaleOwners, setManagedFields } from '../../apimachinery/managedfields/scale-owners.js';
import { formatGroupVersion } from '../../apimachinery/meta/group-version.js';
import { isJsonObject, type JsonObject } from '../../apimachinery/meta/json.js';
import { field, type KubeObject, type ObjectMeta } from '../../apimachinery/meta/object.js';
import { NON_NEGATIVE_TEXT } from '../../apimachinery/validation/field-checks.js';
import { FieldPath, fieldInvalid } from '../../apimachinery/validation/field-error.js';
import type { LabelSelectorShape } from '../../apimachinery/validation/label-selector-validation.js';
import { dns1123Subdomain } from '../../apimachinery/validation/names.js';
import { validateObjectMeta } from '../../apimachinery/validation/object-meta.js';
import type { PolicyEnvironment } from '../kind-policy.js';
import type { SubresourceDefinition } from '../resource-definition.js';
import type { ResourceStore } from '../resource-store.js';
import type { RestContext } from '../rest/context.js';
import { type ObjectView, viewOfValue } from '../rest/object-view.js';
import type { RestStorage, UpdateOptions, UpdateRequest } from '../rest/storage.js';

/** autoscaling/v1 Scale of a workload with `spec.replicas`, `status.replicas` and a selector. */
interface Scale extends KubeObject {
  spec?: { replicas?: number };
  status?: { replicas: number; selector?: string };
}

export function scaleSubresource(store: ResourceStore, environment: PolicyEnvironment): SubresourceDefinition {
  return {
    name: 'scale',
    kind: { group: 'autoscaling', version: 'v1', kind: 'Scale' },
    schema: environment.catalogue.schemaOf('autoscaling.v1.Scale'),
    storage: new ScaleRest(store),
  };
}

const OLD_APPS_VERSIONS = ['v1beta1', 'v1beta2'];
const REPLICAS = ['spec', 'replicas'];

/** Reads and writes the number of replicas alone. @see https://kubernetes.io/docs/reference/kubernetes-api/autoscaling-resources/scale-v1/ */
class ScaleRest implements RestStorage {
  constructor(private readonly store: ResourceStore) {}

  async get(ctx: RestContext, name: string): Promise<ObjectView> {
    return viewOfValue(scaleOf((await this.store.get(ctx, name)).value()));
  }

  /** @throws StatusError 404, 409 for another version or uid, 422 for a negative number */
  async update(ctx: RestContext, name: string, request: UpdateRequest, options: UpdateOptions) {
    const { validate, forceAllowCreate: _never, ...rest } = options;
    const change = async (existing: Readonly<KubeObject> | undefined): Promise<KubeObject> => {
      const owners = this.ownersOf(existing!);
      const current = scaleOf(existing!);
      setManagedFields(current, owners.toScale());
      const scale = (await request(current, ctx)) as Scale;
      this.check(scale, existing!, name);
      const object = structuredClone(existing!) as KubeObject;
      const spec = isJsonObject(object['spec']) ? object['spec'] : {};
      object['spec'] = { ...spec, replicas: scale.spec?.replicas ?? 0 };
      if (scale.metadata.resourceVersion) object.metadata.resourceVersion = scale.metadata.resourceVersion;
      setManagedFields(object, owners.toParent(scale.metadata.managedFields));
      return object;
    };
    const { view } = await this.store.update(ctx, name, change, {
      ...rest,
      ...(validate && {
        validate: (object: Readonly<KubeObject>, old?: Readonly<KubeObject>) =>
          validate(scaleOf(object), old && scaleOf(old)),
      }),
    });
    return { view: viewOfValue(scaleOf(view.value())), created: false };
  }

  /** Versions that clients once wrote in are known, so that what they own is kept. */
  private ownersOf(existing: Readonly<KubeObject>): ScaleOwners {
    const { group, versions } = this.store.definition;
    const known = [...(group === 'apps' ? OLD_APPS_VERSIONS : []), ...versions.map(({ version }) => version)];
    const apiVersions = known.map((version) => formatGroupVersion({ group, version }));
    const paths = new Map(apiVersions.map((apiVersion) => [apiVersion, REPLICAS]));
    return new ScaleOwners(existing.metadata.managedFields, apiVersions.at(-1)!, paths);
  }

  private check(scale: Scale, existing: Readonly<KubeObject>, name: string): void {
    const { group, resource } = this.store.definition;
    const replicas = scale.spec?.replicas ?? 0;
    const faults = validateObjectMeta(scale.metadata, { namespaced: true, validateName: dns1123Subdomain });
    if (replicas < 0) faults.push(fieldInvalid(FieldPath.root('spec', 'replicas'), replicas, NON_NEGATIVE_TEXT));
    if (faults.length > 0) throw invalid({ group: 'autoscaling', kind: 'Scale' }, name, faults);
    const { uid } = scale.metadata;
    if (uid && uid !== existing.metadata.uid) {
      const text = `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${existing.metadata.uid}`;
      throw conflict({ group, resource: `${resource}/scale` }, name, text);
    }
  }
}

function scaleOf(object: Readonly<KubeObject>): Scale {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  const given = { name, namespace, uid, resourceVersion, creationTimestamp };
  const metadata = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as ObjectMeta;
  const replicas = Number(field(object, 'spec', 'replicas') ?? 0);
  const status: { replicas: number; selector?: string } = {
    replicas: Number(field(object, 'status', 'replicas') ?? 0),
  };
  const selector = selectorText(field(object, 'spec', 'selector') as JsonObject | undefined);
  if (selector !== '') status.selector = selector;
  return { kind: 'Scale', apiVersion: 'autoscaling/v1', metadata, spec: replicas === 0 ? {} : { replicas }, status };
}

/** The text form of a selector: what `kubectl get -l` takes. A plain map (replication controllers) is one of equalities. */
function selectorText(selector: JsonObject | undefined): string {
  if (!selector) return '';
  const structured = 'matchLabels' in selector || 'matchExpressions' in selector;
  const { matchLabels, matchExpressions }: LabelSelectorShape = structured
    ? (selector as LabelSelectorShape)
    : { matchLabels: selector };
  const parts = Object.entries(matchLabels ?? {}).map(([key, value]) => ({ key, text: `${key}=${value}` }));
  for (const { key, operator, values } of matchExpressions ?? []) {
    const list = [...(values ?? [])].sort().join(',');
    const text = { In: `${key} in (${list})`, NotIn: `${key} notin (${list})`, Exists: key }[operator] ?? `!${key}`;
    parts.push({ key, text });
  }
  return parts
    .sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
    .map(({ text }) => text)
    .join(',');
}
