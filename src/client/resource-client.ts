import { StatusError } from '../apimachinery/errors/status-error.js';
import type { JsonObject } from '../apimachinery/meta/json.js';
import type { ApiTransport } from './api-transport.js';
import type { ApiObjectLike } from './resource-type.js';

/** Where an object is: namespaced resources need a namespace, others have none. */
export interface InNamespace {
  readonly namespace?: string | undefined;
}

export interface ListQuery extends InNamespace {
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  /** Objects in one answer at most; `continue` of the list leads on. */
  readonly limit?: number;
  readonly continue?: string;
}

export interface ObjectList<T> {
  readonly metadata: {
    readonly resourceVersion?: string;
    readonly continue?: string;
    readonly remainingItemCount?: number;
  };
  readonly items: T[];
}

export interface WatchQuery extends InNamespace {
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  /** From where; without it the present objects come first, as ADDED. */
  readonly resourceVersion?: string;
  /** Ends the watch. */
  readonly signal?: AbortSignal;
}

export interface ObjectEvent<T> {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly object: T;
}

export interface WriteQuery {
  readonly dryRun?: boolean;
  readonly fieldManager?: string;
}

export interface PatchQuery extends InNamespace, WriteQuery {
  readonly subresource?: string;
}

export interface ApplyQuery extends WriteQuery {
  /** Who owns the applied fields. */
  readonly fieldManager: string;
  /** Takes fields over from other managers instead of failing with a conflict. */
  readonly force?: boolean;
  readonly subresource?: string;
}

/** Fields of T, at any depth, that a patch names; null removes one. */
export type PatchOf<T> = T extends readonly unknown[]
  ? T
  : T extends object
    ? { readonly [K in keyof T]?: PatchOf<T[K]> | null }
    : T;

/** T without what the server fills in: defaults at any depth, status. What must be there the server says. */
export type Given<T> = T extends readonly unknown[] ? T : T extends object ? { [K in keyof T]?: Given<T[K]> } : T;

type Query = Readonly<Record<string, string | number | undefined>>;

/**
 * One resource as a client uses it. Objects are plain JSON in the shape of T, and the caller's own. Every method rejects with
 * the StatusError that the server answered: `code` and `reason` say what it is.
 * @see https://kubernetes.io/docs/reference/using-api/api-concepts/
 */
export class ResourceClient<T extends ApiObjectLike> {
  constructor(
    private readonly transport: ApiTransport,
    private readonly type: { readonly apiVersion: string; readonly kind?: string },
    private readonly resource: string,
  ) {}

  get(name: string, { namespace }: InNamespace = {}): Promise<T> {
    return this.send('GET', this.path(namespace, name));
  }

  /** The object, or undefined where there is none. */
  async find(name: string, where: InNamespace = {}): Promise<T | undefined> {
    try {
      return await this.get(name, where);
    } catch (error) {
      if (error instanceof StatusError && error.code === 404) return undefined;
      throw error;
    }
  }

  /** @param query without a namespace: of all namespaces */
  list({ namespace, ...query }: ListQuery = {}): Promise<ObjectList<T>> {
    return this.send<ObjectList<T>>('GET', this.path(namespace) + queryText(query));
  }

  create(object: Given<T> & Pick<ApiObjectLike, 'metadata'>, { dryRun, fieldManager }: WriteQuery = {}): Promise<T> {
    const url = this.path(object.metadata.namespace) + queryText({ ...writeQuery(dryRun, fieldManager) });
    return this.send('POST', url, JSON.stringify(this.typed(object)));
  }

  /** Replaces the object. With a resourceVersion that is no longer the stored one it fails with a conflict. */
  update(object: T, { dryRun, fieldManager }: WriteQuery = {}): Promise<T> {
    const { namespace, name } = object.metadata;
    const url = this.path(namespace, nameOf(name)) + queryText({ ...writeQuery(dryRun, fieldManager) });
    return this.send('PUT', url, JSON.stringify(this.typed(object)));
  }

  /** Replaces the object's status, and nothing else of it. */
  updateStatus(object: T): Promise<T> {
    const { namespace, name } = object.metadata;
    return this.send('PUT', this.path(namespace, nameOf(name), 'status'), JSON.stringify(this.typed(object)));
  }

  /** A merge patch (RFC 7386): what is named is set, null removes. */
  patch(
    name: string,
    patch: PatchOf<T>,
    { namespace, subresource, dryRun, fieldManager }: PatchQuery = {},
  ): Promise<T> {
    const url = this.path(namespace, name, subresource) + queryText({ ...writeQuery(dryRun, fieldManager) });
    return this.send('PATCH', url, JSON.stringify(patch), 'application/merge-patch+json');
  }

  /** A merge patch of the status. */
  patchStatus(name: string, status: JsonObject | object, { namespace }: InNamespace = {}): Promise<T> {
    const url = this.path(namespace, name, 'status');
    return this.send('PATCH', url, JSON.stringify({ status }), 'application/merge-patch+json');
  }

  /** Server-side apply: the object holds exactly the fields that `fieldManager` wants to own. */
  apply(object: PatchOf<T> & ApiObjectLike, { fieldManager, force, subresource, dryRun }: ApplyQuery): Promise<T> {
    const { namespace, name } = object.metadata;
    const query = { ...writeQuery(dryRun, fieldManager), ...(force === true && { force: 'true' }) };
    const body = JSON.stringify({ ...this.type, ...object });
    return this.send(
      'PATCH',
      this.path(namespace, nameOf(name), subresource) + queryText(query),
      body,
      'application/apply-patch+yaml',
    );
  }

  /** Resolves to what the server answers: a Status, or the object that finalizers keep for now. */
  delete(name: string, { namespace }: InNamespace = {}): Promise<JsonObject> {
    return this.send<JsonObject>('DELETE', this.path(namespace, name));
  }

  /** POST to a subresource. @returns what it answers with */
  post<Out = JsonObject>(
    name: string,
    subresource: string,
    body: object,
    { namespace }: InNamespace = {},
  ): Promise<Out> {
    return this.send<Out>('POST', this.path(namespace, name, subresource), JSON.stringify(body));
  }

  /**
   * Changes from now on, the present objects first unless a resourceVersion says from where. Ends when the signal aborts or the
   * server does. @throws StatusError 410 where the resourceVersion is too old: list again
   */
  async *watch({ namespace, signal, ...query }: WatchQuery = {}): AsyncGenerator<ObjectEvent<T>, void, undefined> {
    const url = this.path(namespace) + queryText({ watch: '1', ...query });
    for await (const line of this.transport.stream({ method: 'GET', url, ...(signal && { signal }) })) {
      const event = JSON.parse(line) as { type: string; object: unknown };
      if (event.type === 'BOOKMARK') continue;
      if (event.type === 'ERROR') throw statusErrorOf(event.object as JsonObject);
      yield event as ObjectEvent<T>;
    }
  }

  private typed(object: object): object {
    return { ...this.type, ...object };
  }

  private path(namespace: string | undefined, ...names: (string | undefined)[]): string {
    const { apiVersion } = this.type;
    const root = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
    const scope = namespace === undefined || namespace === '' ? '' : `/namespaces/${encodeURIComponent(namespace)}`;
    const rest = names.filter((name) => name !== undefined).map((name) => `/${encodeURIComponent(name)}`);
    return `${root}${scope}/${this.resource}${rest.join('')}`;
  }

  private async send<Out = T>(
    method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
    url: string,
    body?: string,
    contentType = 'application/json',
  ): Promise<Out> {
    const request = body === undefined ? { method, url } : { method, url, body, contentType };
    return (await this.transport.send(request)) as Out;
  }
}

function nameOf(name: string | undefined): string {
  if (name === undefined || name === '') throw new TypeError('the object needs a metadata.name');
  return name;
}

function writeQuery(dryRun: boolean | undefined, fieldManager: string | undefined): Query {
  return { ...(dryRun === true && { dryRun: 'All' }), fieldManager };
}

function queryText(query: Query): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) params.set(name, String(value));
  const text = params.toString();
  return text === '' ? '' : `?${text}`;
}

/** The failure that a Status tells of. */
export function statusErrorOf(status: JsonObject): StatusError {
  const { code, reason, message, details } = status;
  return new StatusError(
    Number(code ?? 500),
    String(reason ?? ''),
    String(message ?? ''),
    details as StatusError['details'],
  );
}
