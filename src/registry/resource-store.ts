import {
  alreadyExists,
  conflict,
  invalid,
  modifiedConflict,
  notFound,
  plainError,
  StatusError,
} from '../apimachinery/errors/status-error.js';
import { jsonEqual } from '../apimachinery/meta/json.js';
import type { KubeObject } from '../apimachinery/meta/object.js';
import { fieldInvalid } from '../apimachinery/validation/field-error.js';
import { encodeContent } from '../storage/content.js';
import { CorruptObjectError, StorageError } from '../storage/errors.js';
import type { Collection, ObjectAttributes, Revision, Storage, StoredObject, Watch } from '../storage/storage.js';
import { type CorruptResource, decodeFault, unreadableList, unreadableObject } from './corrupt-objects.js';
import { ObjectDeleter } from './object-deleter.js';
import type { ResourceDefinition, StoredForm } from './resource-definition.js';
import { beforeCreate, beforeUpdate, fillSystemFields } from './rest/before-write.js';
import { inNamespace, type RestContext } from './rest/context.js';
import { encodeContinue } from './rest/continue-token.js';
import { expiredContinue, planList } from './rest/list-options.js';
import { GENERATE_NAME_ATTEMPTS_MAX, generateName } from './rest/name-generator.js';
import { type ObjectView, viewOfStored, viewOfValue } from './rest/object-view.js';
import { parseObjectResourceVersion, parseResourceVersion } from './rest/resource-version.js';
import type {
  DeleteOptions,
  DeleteResult,
  ListOptions,
  ListResult,
  RestStorage,
  UpdateOptions,
  UpdateRequest,
  WatchOptions,
  WatchSink,
  WriteOptions,
} from './rest/storage.js';
import type { Strategy } from './rest/strategy.js';
import { matcherOf, watchCollection } from './rest/watch-adapter.js';
import type { WatchLifetime } from './rest/watch-lifetime.js';
import { sameContent } from './same-content.js';
import { tooLargeResourceVersion, toStatusError } from './storage-errors.js';
import { checkName, registryKey } from './storage-keys.js';

/** Lost races of one update before the client is told of the conflict. */
const UPDATE_ATTEMPTS_MAX = 100;

/** What the generic store takes from outside itself, so that tests can hold time and chance still. */
export interface StoreEnvironment {
  /** ms since the epoch */
  readonly now: () => number;
  readonly newUid: () => string;
  /** Numbers in [0, 1). */
  readonly random: () => number;
}

export interface ResourceStoreParts {
  readonly definition: ResourceDefinition;
  readonly strategy: Strategy;
  readonly storage: Storage;
  readonly collection: Collection;
  readonly environment: StoreEnvironment;
  /** Brings an object into the form in which it is stored and answered (zero values, omitted fields). */
  readonly normalize: (object: KubeObject) => KubeObject;
  /** Set where objects are not simply stored as they are. */
  readonly form?: StoredForm | undefined;
  /** Set where the definition may change under its watches. */
  readonly watches?: WatchLifetime;
}

/**
 * The generic store: kube-apiserver's registry.Store. One a resource; what differs between kinds is the strategy's. Objects
 * come and go in the definition's hub version.
 * @see https://github.com/kubernetes/apiserver/blob/v0.37.2/pkg/registry/generic/registry/store.go (behaviour)
 */
export class ResourceStore implements Required<Omit<RestStorage, 'connection' | 'direct'>> {
  readonly definition: ResourceDefinition;
  readonly collection: Collection;
  readonly strategy: Strategy;
  private readonly resource: CorruptResource;
  private readonly deleter: ObjectDeleter;

  constructor(private readonly parts: ResourceStoreParts) {
    this.definition = parts.definition;
    this.collection = parts.collection;
    this.strategy = parts.strategy;
    const { group, resource, custom } = parts.definition;
    this.resource = { group, resource, custom };
    this.deleter = new ObjectDeleter(this, parts.environment.now);
  }

  /** The same objects under another strategy: what `status` and other subresources that see the whole object use. */
  withStrategy(strategy: Strategy): ResourceStore {
    return new ResourceStore({ ...this.parts, strategy });
  }

  /** The same objects in another version. */
  inVersion(parts: Pick<ResourceStoreParts, 'definition' | 'strategy' | 'normalize' | 'form'>): ResourceStore {
    return new ResourceStore({ ...this.parts, ...parts });
  }

  /** A stored object as this store's clients see it; the caller owns it. */
  load(object: KubeObject): KubeObject | Promise<KubeObject> {
    return this.parts.form === undefined ? object : this.parts.form.load(object);
  }

  /** The object of a view that this store gave, in this store's version. Never change it. */
  valueOf(view: ObjectView): Readonly<KubeObject> | Promise<Readonly<KubeObject>> {
    return view.stored === undefined || this.parts.form === undefined ? view.value() : this.load(view.stored.decode());
  }

  /** @throws StatusError 400 for a name that could not stand in a path */
  keyOf(ctx: Pick<RestContext, 'namespace'>, name: string): string {
    checkName(name);
    return this.definition.namespaced ? `${ctx.namespace}/${name}` : name;
  }

  /** @throws StatusError NotFound, InternalError where it cannot be read */
  stored(ctx: RestContext, name: string): StoredObject {
    const stored = this.find(this.keyOf(ctx, name));
    if (stored === undefined) throw notFound(this.resource, name);
    return stored;
  }

  /** What is stored under a key. @throws StatusError InternalError where it cannot be read */
  find(key: string): StoredObject | undefined {
    try {
      return this.collection.get(key);
    } catch (error) {
      throw error instanceof CorruptObjectError ? unreadableObject(this.resource, error.object) : error;
    }
  }

  get(ctx: RestContext, name: string): ObjectView | Promise<ObjectView> {
    const behind = this.parts.storage.caughtUp();
    return behind === undefined
      ? viewOfStored(this.stored(ctx, name))
      : behind.then(() => viewOfStored(this.stored(ctx, name)));
  }

  /** A get at a resourceVersion: the newest object, once the store is at least there. @throws StatusError 500, 504 */
  checkResourceVersion(text: string): void {
    this.requireRevision(parseResourceVersion(text));
  }

  async list(ctx: RestContext, options: ListOptions): Promise<ListResult> {
    const plan = planList(options);
    this.requireRevision(plan.exact ?? plan.notOlderThan);
    await this.parts.storage.caughtUp();
    const matches = matcherOf(options);
    try {
      const page = await this.collection.list({
        ...this.scopeOf(ctx, options),
        ...(plan.exact !== undefined && { revision: plan.exact }),
        ...(plan.after !== undefined && { after: plan.after }),
        // Any state will do: upstream answers from its cache, which then knows no pages.
        ...(options.limit > 0 && options.resourceVersion !== '0' && { limit: options.limit }),
        ...(matches && { matches }),
        exactLabels: options.labels.exact,
        exactFields: options.fields.exact,
      });
      if (page.corrupt !== undefined) throw unreadableList(this.resource, page.corrupt);
      const last = page.items.at(-1);
      return {
        items: page.items.map(viewOfStored),
        resourceVersion: String(page.revision),
        continueToken: page.more && last ? encodeContinue({ revision: page.revision, after: last.key }) : '',
        remainingItemCount: page.remaining,
      };
    } catch (error) {
      if (error instanceof StorageError && error.code === 'Compacted' && plan.after !== undefined) {
        throw expiredContinue(plan.after);
      }
      throw toStatusError(error, this.resource, '');
    }
  }

  watch(ctx: RestContext, options: WatchOptions, sink: WatchSink): Watch | Promise<Watch> {
    const { storage, watches } = this.parts;
    const moments = { newest: storage.revision, oldest: watches?.beginsAt ?? 0 };
    const watch = watchCollection(this.collection, moments, this.scopeOf(ctx, options), options, sink);
    return watches === undefined ? watch : watches.follow(watch, sink);
  }

  async create(ctx: RestContext, _name: string, object: KubeObject, options: WriteOptions): Promise<ObjectView> {
    const { environment } = this.parts;
    const { metadata } = object;
    const generates = (metadata.name === undefined || metadata.name === '') && metadata.generateName;
    for (let attempt = 1; ; attempt++) {
      if (generates) metadata.name = generateName(metadata.generateName!, environment.random);
      try {
        return await this.createOnce(ctx, object, options);
      } catch (error) {
        const taken =
          (error instanceof StorageError && error.code === 'KeyExists') ||
          (error instanceof StatusError && error.reason === 'AlreadyExists');
        if (taken && generates && attempt < GENERATE_NAME_ATTEMPTS_MAX) continue;
        throw toStatusError(error, this.resource, metadata.name ?? '');
      }
    }
  }

  private async createOnce(ctx: RestContext, object: KubeObject, options: WriteOptions): Promise<ObjectView> {
    const { environment } = this.parts;
    const { resourceVersion = '' } = object.metadata;
    fillSystemFields(object, environment.now(), environment.newUid());
    beforeCreate(this.strategy, ctx, object, this.definition.custom);
    await options.validate?.(object, undefined);
    // Only the write itself looks at the version, and takes what is no number for none.
    if (!options.dryRun && /^0*[1-9][0-9]*$/.test(resourceVersion)) {
      throw plainError('resourceVersion should not be set on objects to be created');
    }
    const name = object.metadata.name!;
    const key = this.keyOf(ctx, name);
    this.checkFree(key, object);
    const finish = this.strategy.beginCreate(ctx, object, options.dryRun);
    let success = false;
    try {
      const final = this.finalForm(object);
      if (options.dryRun) return viewOfValue(final);
      const stored = await this.collection.create(
        this.definition.namespaced ? ctx.namespace : '',
        name,
        this.encode(await this.storedForm(final)),
      );
      success = true;
      return viewOfStored(stored);
    } finally {
      const finished = finish?.(success);
      if (finished !== undefined) await finished;
    }
  }

  /** @throws StatusError AlreadyExists */
  private checkFree(key: string, { metadata }: Readonly<KubeObject>): void {
    const { name = '', generateName: base } = metadata;
    const { code, reason, message, details } = alreadyExists(this.resource, name);
    if (this.collection.corrupt(key) !== undefined) throw new StatusError(code, reason, message, details);
    const taken = this.collection.get(key);
    if (taken === undefined) return;
    const text = base ? `${message}, the server was not able to generate a unique name for the object` : message;
    const goes = taken.decode().metadata.deletionTimestamp !== undefined;
    throw new StatusError(code, reason, goes ? `object is being deleted: ${text}` : text, details);
  }

  async update(
    ctx: RestContext,
    name: string,
    request: UpdateRequest,
    options: UpdateOptions,
  ): Promise<{ view: ObjectView; created: boolean }> {
    for (let attempt = 1; ; attempt++) {
      const key = this.keyOf(ctx, name);
      const corrupt = this.collection.corrupt(key);
      if (corrupt !== undefined) {
        // Only a trial reads first, as a get does.
        throw options.dryRun ? unreadableObject(this.resource, corrupt) : plainError(decodeFault(corrupt));
      }
      const existing = this.collection.get(key);
      try {
        if (existing === undefined) return await this.createByUpdate(ctx, name, request, options);
        return { view: await this.replace(ctx, existing, request, options), created: false };
      } catch (error) {
        // Somebody else was faster: start again from what is stored now. A client's own resourceVersion is checked there.
        const raced =
          error instanceof StorageError && ['RevisionMismatch', 'KeyNotFound', 'KeyExists'].includes(error.code);
        if (!raced || attempt >= UPDATE_ATTEMPTS_MAX) throw toStatusError(error, this.resource, name);
      }
    }
  }

  private async createByUpdate(ctx: RestContext, name: string, request: UpdateRequest, options: UpdateOptions) {
    if (!this.strategy.allowCreateOnUpdate && options.forceAllowCreate !== true) throw notFound(this.resource, name);
    if (options.uidPrecondition !== undefined) throw this.uidMismatch(ctx, name, options.uidPrecondition, '');
    const object = await request(undefined, ctx);
    delete object.metadata.resourceVersion;
    const { validateCreate: validate } = options;
    const view = await this.createOnce(ctx, object, { dryRun: options.dryRun, ...(validate && { validate }) });
    return { view, created: true };
  }

  private async replace(
    ctx: RestContext,
    stored: StoredObject,
    request: UpdateRequest,
    options: UpdateOptions,
  ): Promise<ObjectView> {
    const { form } = this.parts;
    const old = form === undefined ? stored.decode() : await form.load(stored.decode());
    if (options.uidPrecondition !== undefined && options.uidPrecondition !== old.metadata.uid) {
      throw this.uidMismatch(ctx, stored.name, options.uidPrecondition, old.metadata.uid ?? '');
    }
    const object = await request(old, ctx);
    this.checkObjectVersion(object, stored);
    const undo = this.strategy.beginUpdate(ctx, object, old, options.dryRun);
    let success = false;
    try {
      beforeUpdate(this.strategy, ctx, object, old);
      await options.validate?.(object, old);
      const view = await this.write(object, stored, old, options.dryRun);
      success = true;
      return view;
    } finally {
      const undone = undo?.(success);
      if (undone !== undefined) await undone;
    }
  }

  /** Stores what differs; an object that nothing keeps any more is removed instead. */
  private async write(
    object: KubeObject,
    stored: StoredObject,
    old: Readonly<KubeObject>,
    dryRun: boolean,
  ): Promise<ObjectView> {
    const final = this.finalForm(object);
    if (this.deleter.isFinished(final, old)) return this.deleter.finish(stored, final, dryRun);
    if (dryRun) return viewOfValue(final);
    const content = await this.storedForm(final);
    if (sameContent(content, this.parts.form === undefined ? old : stored.decode())) return viewOfStored(stored);
    return viewOfStored(await this.collection.update(stored.key, stored.revision, this.encode(content)));
  }

  /** Replaces an object after a change the server itself makes (deletion marks): no strategy, no validation. */
  async writeUnchecked(stored: StoredObject, object: KubeObject): Promise<StoredObject> {
    const { apiVersion } = object;
    const final = this.finalForm(object);
    if (apiVersion !== undefined && this.parts.form !== undefined) final.apiVersion = apiVersion;
    if (jsonEqual(final, stored.decode())) return stored;
    return this.collection.update(stored.key, stored.revision, this.encode(final));
  }

  delete(ctx: RestContext, name: string, options: DeleteOptions, write: WriteOptions): Promise<DeleteResult> {
    this.parts.strategy.checkDelete(name);
    this.warnOfDeletion(ctx, options);
    return this.deleter.delete(ctx, name, options, write);
  }

  /**
   * Removes an object that cannot be read, or not be brought into this version: no preconditions, no finalizers, no admission, nothing that its kind does afterwards.
   * @throws StatusError NotFound, Conflict where it can be read
   */
  async deleteCorrupt(ctx: RestContext, name: string, { dryRun }: Pick<WriteOptions, 'dryRun'>): Promise<void> {
    const key = this.keyOf(ctx, name);
    const { revision } = this.collection.corrupt(key) ?? (await this.unloadable(key, name));
    if (dryRun) return;
    try {
      await this.collection.delete(key, revision);
    } catch (error) {
      throw toStatusError(error, this.resource, name);
    }
  }

  /** A stored object that cannot be brought into this version: as good as unreadable. @throws StatusError NotFound, Conflict where it can */
  private async unloadable(key: string, name: string): Promise<StoredObject> {
    const stored = this.collection.get(key);
    if (stored === undefined) throw notFound(this.resource, name);
    try {
      await this.load(stored.decode());
    } catch {
      return stored;
    }
    throw this.invalidObject(key, name, 'unsafe deletion is not allowed because the object is decodable from storage');
  }

  async deleteCollection(
    ctx: RestContext,
    options: DeleteOptions,
    list: ListOptions,
    write: WriteOptions,
  ): Promise<ListResult> {
    this.warnOfDeletion(ctx, options);
    const found = await this.list(ctx, list);
    for (const item of found.items) {
      const { name = '', namespace = '' } = item.value().metadata;
      try {
        await this.delete(inNamespace(ctx, namespace), name, { ...options }, write);
      } catch (error) {
        if ((error as { code?: number }).code !== 404) throw error;
      }
    }
    return found;
  }

  private warnOfDeletion(ctx: RestContext, options: DeleteOptions): void {
    for (const text of this.parts.strategy.warningsOnDelete(options)) ctx.warn(text);
  }

  /** As it is stored and compared: normal form, without the type that the definition knows. */
  private finalForm(object: KubeObject): KubeObject {
    const { apiVersion: _apiVersion, kind: _kind, ...final } = this.parts.normalize(object);
    return final as KubeObject;
  }

  private storedForm(final: KubeObject): KubeObject | Promise<KubeObject> {
    return this.parts.form === undefined ? final : this.parts.form.save(final);
  }

  encode(object: KubeObject) {
    return encodeContent(object, this.attributesOf(object));
  }

  attributesOf(object: Readonly<KubeObject>): ObjectAttributes {
    return this.collection.options.attributesOf(object as KubeObject);
  }

  private scopeOf(ctx: RestContext, { fields }: Pick<ListOptions, 'fields'>) {
    const name = fields.exact.find((requirement) => requirement.key === 'metadata.name')?.value;
    return {
      ...(this.definition.namespaced && ctx.namespace !== '' && { namespace: ctx.namespace }),
      ...(name !== undefined && { name }),
    };
  }

  private requireRevision(revision: Revision): void {
    const newest = this.parts.storage.revision;
    if (revision > newest) throw tooLargeResourceVersion(`Too large resource version: ${revision}, current: ${newest}`);
  }

  private checkObjectVersion(object: KubeObject, stored: StoredObject): void {
    const { metadata } = object;
    const wanted = parseObjectResourceVersion(metadata.resourceVersion);
    if (wanted === 0) {
      if (!this.strategy.allowUnconditionalUpdate) {
        throw invalid({ group: this.resource.group, kind: this.resource.resource }, stored.name, [
          fieldInvalid('metadata.resourceVersion', 0, 'must be specified for an update'),
        ]);
      }
      metadata.resourceVersion = String(stored.revision);
    } else if (wanted !== stored.revision) {
      throw modifiedConflict(this.resource, stored.name);
    }
  }

  private uidMismatch(ctx: RestContext, name: string, wanted: string, found: string) {
    const fault = `Precondition failed: UID in precondition: ${wanted}, UID in object meta: ${found}`;
    return this.invalidObject(this.keyOf(ctx, name), name, fault);
  }

  private invalidObject(key: string, name: string, fault: string) {
    const place = registryKey(this.resource, this.resource.custom, key);
    const text = `StorageError: invalid object, Code: 4, Key: ${place}, ResourceVersion: 0, AdditionalErrorMsg: ${fault}`;
    return conflict(this.resource, name, text);
  }
}
