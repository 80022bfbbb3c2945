import { badRequest, invalid } from '../../apimachinery/errors/status-error.js';
import { type ReplicasPaths, ScaleOwners, setManagedFields } from '../../apimachinery/managedfields/scale-owners.js';
import { isJsonObject, jsonClone } from '../../apimachinery/meta/json.js';
import type { KubeObject } from '../../apimachinery/meta/object.js';
import { fieldInvalid } from '../../apimachinery/validation/field-error.js';
import type { ResourceStore } from '../../registry/resource-store.js';
import type { RestContext } from '../../registry/rest/context.js';
import { type ObjectView, viewOfValue } from '../../registry/rest/object-view.js';
import type { RestStorage, UpdateOptions, UpdateRequest } from '../../registry/rest/storage.js';
import { NO_REPLICAS, type ScalePaths } from './scale-paths.js';

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
    const change = async (existing: Readonly<KubeObject> | undefined, inner: RestContext): Promise<KubeObject> => {
      const owners = new ScaleOwners(existing!.metadata.managedFields, this.apiVersion, this.replicasPaths);
      const current = this.paths.toWritableScale(existing!);
      setManagedFields(current, owners.toScale());
      const scale = await request(current, inner);
      const object = this.scaled(existing!, scale);
      setManagedFields(object, owners.toParent(scale.metadata.managedFields));
      return object;
    };
    const { view } = await this.store.update(ctx, name, change, {
      ...rest,
      ...(validate && {
        validate: (object: Readonly<KubeObject>, old?: Readonly<KubeObject>) =>
          validate(this.paths.toWritableScale(object), old && this.paths.toWritableScale(old)),
      }),
    });
    return { view: viewOfValue(this.paths.toScale(await this.store.valueOf(view))), created: false };
  }

  /** The resource with the replicas a Scale asks for. @throws StatusError 400, 422 */
  private scaled(existing: Readonly<KubeObject>, scale: KubeObject): KubeObject {
    const { definition } = this.store;
    const { name = '', resourceVersion } = scale.metadata;
    const spec = isJsonObject(scale['spec']) ? scale['spec'] : {};
    const replicas = spec['replicas'] ?? 0;
    if (typeof replicas !== 'number') throw badRequest('spec.replicas must be a number');
    if (replicas === NO_REPLICAS) {
      throw badRequest(`the spec replicas field "${this.paths.specReplicasText}" cannot be empty`);
    }
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
