import { alreadyExists, expired, modifiedConflict, notFound } from '../../apimachinery/errors/status-error.js';
import { jsonClone } from '../../apimachinery/meta/json.js';
import type { KubeObject } from '../../apimachinery/meta/object.js';
import type { ApiObjectLike, ResourceType } from '../../client/resource-type.js';
import type { DeclaredBacking } from '../../registry/declared-resource.js';
import { beforeCreate, beforeUpdate } from '../../registry/rest/before-write.js';
import type { RestContext } from '../../registry/rest/context.js';
import { encodeContinue } from '../../registry/rest/continue-token.js';
import { checkPreconditions } from '../../registry/rest/deletion.js';
import { planList } from '../../registry/rest/list-options.js';
import { type ObjectView, viewOfValue } from '../../registry/rest/object-view.js';
import type {
  DeleteOptions,
  DeleteResult,
  ListOptions,
  ListResult,
  RestStorage,
  RestWatch,
  UpdateOptions,
  UpdateRequest,
  WatchOptions,
  WatchSink,
  WriteOptions,
} from '../../registry/rest/storage.js';
import type { Strategy } from '../../registry/rest/strategy.js';
import type { ServeContext, ServesObjects, ServesOptions } from '../decorators/serves.js';
import { callPlugin } from './call-plugin.js';
import { type ProjectedObject, ProjectedObjects } from './projected-objects.js';
import { ProjectionWatches } from './projection-watches.js';

const POLL_MS = 1_000;

export interface ProjectionParts {
  /** For logs: the plugin and the class. */
  readonly where: string;
  readonly type: ResourceType;
  readonly provider: ServesObjects<ApiObjectLike>;
  readonly options: ServesOptions;
  readonly now: () => number;
  readonly log: (error: unknown) => void;
}

/** A provider with `@Serves` as the storage of its resource: what it lists is looked at, compared with the last look, and served. */
export class ProjectionBacking implements DeclaredBacking {
  private readonly objects: ProjectedObjects;
  private readonly watches: ProjectionWatches;
  private running: Promise<void> | undefined;
  private next: Promise<void> | undefined;

  constructor(private readonly parts: ProjectionParts) {
    const { type, provider, options, now, log } = parts;
    this.objects = new ProjectedObjects({ namespaced: type.namespaced, label: `${type.kind}.${type.group}` }, now);
    this.watches = new ProjectionWatches({
      pollMs: options.pollMs ?? POLL_MS,
      look: () => this.look().catch(log),
      subscribe: provider.onChange?.bind(provider),
    });
  }

  open(strategy: Strategy): RestStorage {
    const { provider } = this.parts;
    const get = async (ctx: RestContext, name: string) => viewOfValue((await this.find(ctx, name)).value);
    return {
      get,
      list: (ctx, options) => this.list(ctx, options, strategy),
      watch: (ctx, options, sink) => this.watch(ctx, options, sink, strategy),
      ...(provider.create && { create: (ctx, _name, object, options) => this.create(ctx, object, options, strategy) }),
      ...(provider.update && {
        update: (ctx, name, request, options) => this.update(ctx, name, request, options, strategy),
      }),
      ...(provider.delete && { delete: (ctx, name, options, write) => this.delete(ctx, name, options, write) }),
    };
  }

  close(): void {
    this.watches.close();
  }

  /** Resolves when a look that began after the call has been taken. */
  private look(): Promise<void> {
    if (this.running === undefined) {
      this.running = this.lookOnce().finally(() => {
        this.running = undefined;
      });
      return this.running;
    }
    this.next ??= this.running
      .catch(() => undefined)
      .then(() => {
        this.next = undefined;
        return this.look();
      });
    return this.next;
  }

  private async lookOnce(): Promise<void> {
    const { where, provider } = this.parts;
    const objects = await callPlugin(where, () => provider.list());
    this.watches.tell(this.objects.replace(objects as readonly KubeObject[]));
  }

  private keyOf(ctx: RestContext, name: string): string {
    return this.parts.type.namespaced ? `${ctx.namespace}/${name}` : name;
  }

  /** @throws StatusError NotFound */
  private async find(ctx: RestContext, name: string): Promise<ProjectedObject> {
    await this.look();
    const found = this.objects.get(this.keyOf(ctx, name));
    if (found === undefined) throw notFound(this.parts.type, name);
    return found;
  }

  private async list(ctx: RestContext, options: ListOptions, strategy: Strategy): Promise<ListResult> {
    const plan = planList(options);
    await this.look();
    if (options.resourceVersionMatch === 'Exact' && plan.exact !== this.objects.revision) {
      throw expired(`The resourceVersion for the provided list is too old or not kept: ${options.resourceVersion}`);
    }
    const matches = matcher(ctx, options, strategy);
    const { after } = plan;
    const found = this.objects.all().filter((object) => (after === undefined || object.key > after) && matches(object));
    const items = options.limit > 0 ? found.slice(0, options.limit) : found;
    const rest = found.length - items.length;
    const { revision } = this.objects;
    return {
      items: items.map(({ value }) => viewOfValue(value)),
      resourceVersion: String(revision),
      continueToken: rest > 0 ? encodeContinue({ revision, after: items.at(-1)!.key }) : '',
      remainingItemCount: rest > 0 ? rest : undefined,
    };
  }

  private async watch(
    ctx: RestContext,
    options: WatchOptions,
    sink: WatchSink,
    strategy: Strategy,
  ): Promise<RestWatch> {
    await this.look();
    return this.watches.open(this.objects, options, matcher(ctx, options, strategy), sink);
  }

  private async create(
    ctx: RestContext,
    object: KubeObject,
    options: WriteOptions,
    strategy: Strategy,
  ): Promise<ObjectView> {
    const { provider, where, type } = this.parts;
    beforeCreate(strategy, ctx, object, true);
    await options.validate?.(object, undefined);
    const name = object.metadata.name ?? '';
    await this.look();
    if (this.objects.get(this.keyOf(ctx, name)) !== undefined) throw alreadyExists(type, name);
    if (options.dryRun) return viewOfValue(object);
    return this.written(ctx, await callPlugin(where, () => provider.create!(bare(object), contextOf(ctx))));
  }

  private async update(
    ctx: RestContext,
    name: string,
    request: UpdateRequest,
    options: UpdateOptions,
    strategy: Strategy,
  ): Promise<{ view: ObjectView; created: boolean }> {
    const { provider, where, type } = this.parts;
    const { value: old } = await this.find(ctx, name);
    const object = await request(old, ctx);
    const { resourceVersion } = object.metadata;
    const stale =
      resourceVersion !== undefined && resourceVersion !== '' && resourceVersion !== old.metadata.resourceVersion;
    if (stale) throw modifiedConflict(type, name);
    beforeUpdate(strategy, ctx, object, old);
    await options.validate?.(object, old);
    if (options.dryRun) return { view: viewOfValue(object), created: false };
    const written = await callPlugin(where, () => provider.update!(bare(object), contextOf(ctx)));
    return { view: await this.written(ctx, written), created: false };
  }

  private async delete(
    ctx: RestContext,
    name: string,
    options: DeleteOptions,
    write: WriteOptions,
  ): Promise<DeleteResult> {
    const { provider, where, type } = this.parts;
    const { value } = await this.find(ctx, name);
    checkPreconditions(type, name, value, options.preconditions);
    await write.validate?.(value, value);
    if (!write.dryRun) {
      await callPlugin(where, () => provider.delete!(bare(value), contextOf(ctx)));
      await this.look();
    }
    return { object: viewOfValue(value), deleted: true };
  }

  /** What was written as the next look shows it. */
  private async written(ctx: RestContext, object: ApiObjectLike): Promise<ObjectView> {
    await this.look();
    const found = this.objects.get(this.keyOf(ctx, object.metadata.name ?? ''));
    return viewOfValue(found?.value ?? (object as KubeObject));
  }
}

function contextOf({ user, namespace, signal }: RestContext): ServeContext {
  return { user, namespace, ...(signal && { signal }) };
}

/** A copy without what only the server keeps. */
function bare(object: Readonly<KubeObject>): ApiObjectLike {
  const copy = jsonClone(object as KubeObject);
  delete copy.metadata.managedFields;
  delete copy.metadata.generation;
  return copy;
}

function matcher(
  { namespace }: RestContext,
  { labels, fields }: Pick<ListOptions, 'labels' | 'fields'>,
  strategy: Strategy,
): (object: ProjectedObject) => boolean {
  return (object) => {
    if (namespace !== '' && object.namespace !== namespace) return false;
    if (!labels.matches(object.value.metadata.labels ?? {})) return false;
    const values = { 'metadata.name': object.name, 'metadata.namespace': object.namespace };
    return fields.matches({ ...values, ...strategy.selectableFields(object.value) });
  };
}
