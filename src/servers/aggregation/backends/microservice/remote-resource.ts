import {
  internalError,
  invalid,
  modifiedConflict,
  plainError,
  requestEntityTooLarge,
  StatusError,
  serviceUnavailable,
  timeout,
} from '../../../../apimachinery/errors/status-error.js';
import type { GroupResource } from '../../../../apimachinery/meta/group-version.js';
import { isJsonObject } from '../../../../apimachinery/meta/json.js';
import type { KubeObject } from '../../../../apimachinery/meta/object.js';
import { fieldInvalid } from '../../../../apimachinery/validation/field-error.js';
import { type BackendVerb, type ListRequest, verbPattern } from '../../../../backend/protocol.js';
import type { GenericStrategy } from '../../../../registry/generic/generic-strategy.js';
import type { StoreEnvironment } from '../../../../registry/resource-store.js';
import { beforeCreate, beforeUpdate, fillSystemFields } from '../../../../registry/rest/before-write.js';
import { inNamespace, type RestContext } from '../../../../registry/rest/context.js';
import { checkPreconditions, markAsDeleting } from '../../../../registry/rest/deletion.js';
import { GENERATE_NAME_ATTEMPTS_MAX, generateName } from '../../../../registry/rest/name-generator.js';
import { type ObjectView, viewOfValue } from '../../../../registry/rest/object-view.js';
import { parseListResourceVersion, parseObjectResourceVersion } from '../../../../registry/rest/resource-version.js';
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
} from '../../../../registry/rest/storage.js';
import { sameContent } from '../../../../registry/same-content.js';
import type { Watch } from '../../../../storage/storage.js';
import { type MessageClient, MessageError } from './message-client.js';
import { bareObject, type RemoteList, readList } from './remote-answers.js';
import type { RemoteDefinition } from './remote-definition.js';
import { RemoteWatch } from './remote-watch.js';

/** Lost races of one update before the client is told of the conflict. */
const UPDATE_ATTEMPTS_MAX = 10;

export interface RemoteResourceParts {
  readonly remote: RemoteDefinition;
  readonly client: MessageClient;
  readonly environment: StoreEnvironment;
  /** Named limit: how long a backend may take for one answer. */
  readonly answerTimeoutMs: number;
  /** Called when a message got no answer: the backend may be gone. */
  readonly onUnanswered: () => void;
}

/**
 * The objects of a backend as a storage: what the generic store does with its collection is done here with messages. A dry run
 * asks for what is there and sends no write.
 */
export class RemoteResource implements Required<Omit<RestStorage, 'connection' | 'direct' | 'deleteCorrupt'>> {
  private readonly resource: GroupResource;

  constructor(
    private readonly parts: RemoteResourceParts,
    private readonly strategy: GenericStrategy = parts.remote.strategy,
  ) {
    const { group, resource } = parts.remote.definition;
    this.resource = { group, resource };
  }

  /** What the backend has handlers for, and what follows from it: a patch is a get and an update. */
  storage(): RestStorage {
    const has = (...verbs: BackendVerb[]): boolean =>
      verbs.every((verb) => this.parts.remote.description.verbs.includes(verb));
    return {
      ...(has('get') && { get: this.get.bind(this) }),
      ...(has('list') && { list: this.list.bind(this) }),
      ...(has('watch', 'list') && { watch: this.watch.bind(this) }),
      ...(has('create') && { create: this.create.bind(this) }),
      ...(has('get', 'update') && { update: this.update.bind(this) }),
      ...(has('get', 'delete') && { delete: this.delete.bind(this) }),
      ...(has('get', 'delete', 'list') && { deleteCollection: this.deleteCollection.bind(this) }),
    };
  }

  async get(ctx: RestContext, name: string): Promise<ObjectView> {
    return viewOfValue(await this.fetch(ctx, name));
  }

  async list(ctx: RestContext, options: ListOptions): Promise<ListResult> {
    const { labels, fields } = options;
    const exact = options.resourceVersionMatch === 'Exact' && parseListResourceVersion(options.resourceVersion) > 0;
    const found = await this.fetchList(ctx, {
      labelSelector: labels.toString(),
      fieldSelector: fields.toString(),
      limit: options.limit,
      continue: options.continueToken,
      resourceVersion: exact ? options.resourceVersion : '',
    });
    return {
      items: found.items.filter((item) => selects(options, item)).map(viewOfValue),
      resourceVersion: found.resourceVersion,
      continueToken: found.continueToken,
      remainingItemCount: found.remainingItemCount,
    };
  }

  watch(ctx: RestContext, options: WatchOptions, sink: WatchSink): Promise<Watch> {
    const { client, remote } = this.parts;
    const open = new RemoteWatch(
      {
        client,
        pattern: this.pattern('watch'),
        message: { user: ctx.user, namespace: ctx.namespace },
        list: (request) => this.fetchList(ctx, request),
        matches: (object) => selects(options, object),
        name: remote.definition.resource,
      },
      options,
      sink,
    );
    return open.start();
  }

  async create(ctx: RestContext, _name: string, object: KubeObject, options: WriteOptions): Promise<ObjectView> {
    const { metadata } = object;
    if (metadata.resourceVersion !== undefined && metadata.resourceVersion !== '') {
      throw plainError('resourceVersion should not be set on objects to be created');
    }
    const generates = (metadata.name === undefined || metadata.name === '') && metadata.generateName;
    for (let attempt = 1; ; attempt++) {
      if (generates) metadata.name = generateName(metadata.generateName!, this.parts.environment.random);
      try {
        return await this.createOnce(ctx, object, options);
      } catch (error) {
        const taken = error instanceof StatusError && error.reason === 'AlreadyExists';
        if (!taken || !generates || attempt >= GENERATE_NAME_ATTEMPTS_MAX) throw error;
      }
    }
  }

  private async createOnce(ctx: RestContext, object: KubeObject, options: WriteOptions): Promise<ObjectView> {
    const { environment } = this.parts;
    fillSystemFields(object, environment.now(), environment.newUid());
    beforeCreate(this.strategy, ctx, object, true);
    await options.validate?.(object, undefined);
    const final = this.finalForm(object);
    if (options.dryRun) return viewOfValue(final);
    const name = final.metadata.name!;
    return viewOfValue(await this.ask(ctx, 'create', { name, object: final }));
  }

  async update(
    ctx: RestContext,
    name: string,
    request: UpdateRequest,
    options: UpdateOptions,
  ): Promise<{ view: ObjectView; created: boolean }> {
    for (let attempt = 1; ; attempt++) {
      const existing = await this.fetch(ctx, name).catch((error: unknown) => {
        if (error instanceof StatusError && error.code === 404 && options.forceAllowCreate === true) return undefined;
        throw error;
      });
      try {
        if (existing === undefined) return await this.createByUpdate(ctx, request, options);
        return { view: await this.replace(ctx, existing, request, options), created: false };
      } catch (error) {
        // Somebody else was faster: start again from what is stored now. A client's own resourceVersion is checked there.
        const raced = error instanceof Raced;
        if (!raced) throw error;
        if (attempt >= UPDATE_ATTEMPTS_MAX) throw error.answer;
      }
    }
  }

  private async createByUpdate(ctx: RestContext, request: UpdateRequest, options: UpdateOptions) {
    const object = await request(undefined, ctx);
    delete object.metadata.resourceVersion;
    const { validateCreate: validate, dryRun } = options;
    return { view: await this.createOnce(ctx, object, { dryRun, ...(validate && { validate }) }), created: true };
  }

  private async replace(
    ctx: RestContext,
    old: KubeObject,
    request: UpdateRequest,
    options: UpdateOptions,
  ): Promise<ObjectView> {
    const name = old.metadata.name!;
    if (options.uidPrecondition !== undefined) {
      checkPreconditions(this.parts.remote.definition, name, old, { uid: options.uidPrecondition });
    }
    const object = await request(structuredClone(old), ctx);
    this.checkVersion(object, old);
    beforeUpdate(this.strategy, ctx, object, old);
    await options.validate?.(object, old);
    const final = this.finalForm(object);
    if (isReleased(final, old)) return this.remove(ctx, old, final, options.dryRun);
    if (options.dryRun || sameContent(final, old)) return viewOfValue(options.dryRun ? final : old);
    return viewOfValue(await this.write(ctx, final));
  }

  /** @throws StatusError Conflict, Invalid where the client's object is not of what is stored */
  private checkVersion({ metadata }: KubeObject, old: Readonly<KubeObject>): void {
    if (parseObjectResourceVersion(metadata.resourceVersion) === 0) {
      const { kind } = this.strategy;
      const fault = fieldInvalid('metadata.resourceVersion', 0, 'must be specified for an update');
      throw invalid({ group: kind.group, kind: this.resource.resource }, old.metadata.name ?? '', [fault]);
    }
    if (metadata.resourceVersion !== old.metadata.resourceVersion) {
      throw modifiedConflict(this.resource, old.metadata.name ?? '');
    }
  }

  async delete(ctx: RestContext, name: string, options: DeleteOptions, write: WriteOptions): Promise<DeleteResult> {
    for (let attempt = 1; ; attempt++) {
      const object = await this.fetch(ctx, name);
      checkPreconditions(this.parts.remote.definition, name, object, options.preconditions);
      await write.validate?.(object, object);
      try {
        return await this.deleteOnce(ctx, object, write.dryRun);
      } catch (error) {
        if (!(error instanceof Raced)) throw error;
        if (attempt >= UPDATE_ATTEMPTS_MAX) throw error.answer;
      }
    }
  }

  /** Finalizers keep the object; who owns it is nothing that the garbage collector sees here. */
  private async deleteOnce(ctx: RestContext, old: KubeObject, dryRun: boolean): Promise<DeleteResult> {
    if ((old.metadata.finalizers?.length ?? 0) === 0) {
      return { object: await this.remove(ctx, old, old, dryRun), deleted: true };
    }
    const marked = structuredClone(old);
    markAsDeleting(marked, this.parts.environment.now());
    if (dryRun || sameContent(marked, old)) return { object: viewOfValue(marked), deleted: false };
    return { object: viewOfValue(await this.write(ctx, marked)), deleted: false };
  }

  async deleteCollection(
    ctx: RestContext,
    options: DeleteOptions,
    list: ListOptions,
    write: WriteOptions,
  ): Promise<ListResult> {
    const found = await this.list(ctx, list);
    for (const item of found.items) {
      const { name = '', namespace = '' } = item.value().metadata;
      await this.delete(inNamespace(ctx, namespace), name, { ...options }, write).catch((error: unknown) => {
        if (!(error instanceof StatusError) || error.code !== 404) throw error;
      });
    }
    return found;
  }

  private async write(ctx: RestContext, object: KubeObject): Promise<KubeObject> {
    const subresource = this.strategy === this.parts.remote.statusStrategy ? 'status' : '';
    return this.ask(ctx, 'update', { name: object.metadata.name!, object, subresource }).catch(orRaced);
  }

  private async remove(ctx: RestContext, old: KubeObject, last: KubeObject, dryRun: boolean): Promise<ObjectView> {
    if (dryRun) return viewOfValue(last);
    const { name = '', uid = '', resourceVersion = '' } = old.metadata;
    return viewOfValue(await this.ask(ctx, 'delete', { name, uid, resourceVersion }).catch(orRaced));
  }

  private fetch(ctx: RestContext, name: string): Promise<KubeObject> {
    return this.ask(ctx, 'get', { name });
  }

  private async ask(ctx: RestContext, verb: BackendVerb, message: object): Promise<KubeObject> {
    const answers = await this.send(ctx, verb, message);
    const object = bareObject(answers[0]);
    if (answers.length !== 1 || object === undefined) throw this.garbage(verb, 'no object');
    return object;
  }

  private async fetchList(ctx: RestContext, message: Omit<ListRequest, 'user' | 'namespace'>): Promise<RemoteList> {
    const list = readList(await this.send(ctx, 'list', message));
    if (typeof list === 'string') throw this.garbage('list', list);
    return list;
  }

  private async send(ctx: RestContext, verb: BackendVerb, message: object): Promise<unknown[]> {
    const { client, answerTimeoutMs } = this.parts;
    const { user, namespace, signal } = ctx;
    try {
      const limits = { timeoutMs: answerTimeoutMs, signal };
      return await client.request(this.pattern(verb), { user, namespace, ...message }, limits);
    } catch (error) {
      if (!(error instanceof MessageError)) throw error;
      if (signal?.aborted !== true) this.parts.onUnanswered();
      throw statusOf(error);
    }
  }

  private garbage(verb: string, what: string): StatusError {
    return internalError(`the backend of ${this.resource.resource}.${this.resource.group} answered ${what} to ${verb}`);
  }

  private pattern(verb: BackendVerb): string {
    const { definition } = this.parts.remote;
    return verbPattern({ group: definition.group, version: definition.hubVersion }, definition.resource, verb);
  }

  /** Without the type, which the definition knows. */
  private finalForm(object: KubeObject): KubeObject {
    const { apiVersion: _apiVersion, kind: _kind, ...final } = this.parts.remote.normalize(object);
    return final as KubeObject;
  }
}

/** The backend refused a write because another one came before. */
class Raced extends Error {
  constructor(readonly answer: StatusError) {
    super(answer.message);
  }
}

function orRaced(error: unknown): never {
  throw error instanceof StatusError && error.reason === 'Conflict' ? new Raced(error) : error;
}

function isReleased({ metadata }: Readonly<KubeObject>, old: Readonly<KubeObject>): boolean {
  const waits = metadata.deletionTimestamp !== undefined && old.metadata.deletionTimestamp !== undefined;
  return waits && (metadata.finalizers?.length ?? 0) === 0;
}

function selects(
  { labels, fields }: Pick<ListOptions, 'labels' | 'fields'>,
  { metadata }: Readonly<KubeObject>,
): boolean {
  const { name = '', namespace = '' } = metadata;
  return (
    labels.matches(isJsonObject(metadata.labels) ? metadata.labels : {}) &&
    fields.matches({ 'metadata.name': name, 'metadata.namespace': namespace })
  );
}

/** What clients are told of a message without an answer. */
export function statusOf(error: MessageError): StatusError {
  switch (error.kind) {
    case 'unresolved':
      return serviceUnavailable('service unavailable');
    case 'timeout':
      return timeout(`request did not complete: ${error.message}`);
    case 'too large':
      return requestEntityTooLarge(error.message);
    case 'unreachable':
      return serviceUnavailable(`error trying to reach service: ${error.message}`);
  }
}
