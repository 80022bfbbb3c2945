import { badRequest, invalid } from '../../apimachinery/errors/status-error.js';
import { type ReplicasPaths, ScaleOwners, setManagedFields } from '../../apimachinery/managedfields/scale-owners.js';
import { isJsonObject, jsonClone } from '../../apimachinery/meta/json.js';
import type { KubeObject } from '../../apimachinery/meta/object.js';
import { fieldInvalid } from '../../apimachinery/validation/field-error.js';
import type { ResourceStore } from '../../registry/resource-store.js';
import type { RestContext } from '../../registry/rest/context.js';
import { type ObjectView, viewOfValue } from '../../registry/rest/object-view.js';
import type { RestStorage, UpdateOptions, UpdateRequest } from '../../registry/rest/storage.js';
import type { ScalePaths } from './scale-paths.js';

/** The scale subresource of a custom resource: autoscaling/v1 Scale over the paths its definition names. */
export class ScaleStorage implements RestStorage {
  constructor(
    private readonly store: ResourceStore,
    private readonly paths: ScalePaths,
    private readonly apiVersion: string,
    private readonly replicasPaths: ReplicasPaths,
  ) {}

  async get(ctx: RestContext, name: string): Promise<ObjectView> {
    return viewOfValue(this.paths.toScale(await this.store.valueOf(await this.store.get(ctx, name))));
  }

  async update(
    ctx: RestContext,
    name: string,
    request: UpdateRequest,
    options: UpdateOptions,
  ): Promise<{ view: ObjectView; created: boolean }> {
    const { validate, forceAllowCreate: _never, ...rest } = options;
    let oldScale: KubeObject | undefined;
    let newScale: KubeObject | undefined;
    const { view } = await this.store.update(
      ctx,
      name,
      async (existing, inner) => {
        const owners = new ScaleOwners(existing!.metadata.managedFields, this.apiVersion, this.replicasPaths);
        oldScale = this.paths.toScale(existing!);
        const managedFields = owners.toScale();
        if (managedFields !== undefined) oldScale.metadata.managedFields = managedFields;
        newScale = await request(oldScale, inner);
        const object = this.scaled(existing!, newScale);
        setManagedFields(object, owners.toParent(newScale.metadata.managedFields));
        return object;
      },
      { ...rest, ...(validate && { validate: () => validate(newScale!, oldScale) }) },
    );
    return { view: viewOfValue(this.paths.toScale(await this.store.valueOf(view))), created: false };
  }

  /** The resource with the replicas a Scale asks for. @throws StatusError 400, 422 */
  private scaled(existing: Readonly<KubeObject>, scale: KubeObject): KubeObject {
    const { definition } = this.store;
    const { name = '', resourceVersion } = scale.metadata;
    const spec = isJsonObject(scale['spec']) ? scale['spec'] : {};
    const replicas = spec['replicas'] ?? 0;
    if (typeof replicas !== 'number') throw badRequest('spec.replicas must be a number');
    if (replicas < 0) {
      const kind = { group: definition.group, kind: definition.kind };
      const at = `.${this.paths.specReplicasPath.join('.')}`;
      throw invalid(kind, name, [fieldInvalid(at, replicas, 'should be a non-negative integer')]);
    }
    const object = jsonClone(existing) as KubeObject;
    this.paths.setReplicas(object, replicas);
    if (resourceVersion) object.metadata.resourceVersion = resourceVersion;
    return object;
  }
}
