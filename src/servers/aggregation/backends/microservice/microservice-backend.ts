import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { formatGroupVersion, type GroupVersion } from '../../../../apimachinery/meta/group-version.js';
import { type JsonObject, jsonEqual } from '../../../../apimachinery/meta/json.js';
import { JsonDocumentEncoding } from '../../../../apimachinery/openapi/document-encoding.js';
import { encodeJson } from '../../../../apimachinery/runtime/json.js';
import type { Schema } from '../../../../apimachinery/schema/schema.js';
import { discoveryPattern, type ResourceDescription } from '../../../../backend/protocol.js';
import type { Answer } from '../../../../endpoints/answer.js';
import type { ApiRequest } from '../../../../endpoints/api-request.js';
import { apiResourceList } from '../../../../endpoints/discovery/documents.js';
import { ResourceListing } from '../../../../endpoints/discovery/resource-listing.js';
import { OpenApiDocuments, type OpenApiSettings } from '../../../../endpoints/openapi/documents.js';
import type { ResourceHandler } from '../../../../endpoints/resource-handler.js';
import type { SubresourceDefinition } from '../../../../registry/resource-definition.js';
import { ResourceRegistry } from '../../../../registry/resource-registry.js';
import type { StoreEnvironment } from '../../../../registry/resource-store.js';
import type { RestStorage } from '../../../../registry/rest/storage.js';
import type { ServedResource } from '../../../../registry/served-resource.js';
import { Backend, type BackendAnswer, BackendError, type BackendRequest } from '../backend.js';
import { type MessageClient, MessageError } from './message-client.js';
import { defineRemote, readDiscovery } from './remote-definition.js';
import { RemoteResource, statusOf } from './remote-resource.js';

/** Named limit: how long a backend may take to say what it serves. */
const DISCOVERY_TIMEOUT_MS = 5_000;
/** Named limit: how long a backend may take for one answer that is no watch. */
const ANSWER_TIMEOUT_MS = 30_000;
/** Least time between two looks at a backend because it seemed to be gone. */
const GONE_INTERVAL_MS = 1_000;
const V2 = '/openapi/v2';
const V3 = '/openapi/v3';

/** What all microservice backends share. */
export interface MicroserviceEnvironment {
  readonly handler: ResourceHandler;
  readonly store: StoreEnvironment;
  readonly openApi: OpenApiSettings;
  /** Schema of ObjectMeta. */
  readonly objectMeta: () => Schema;
}

/** What a backend serves, as it said last. Replaced, never changed. */
interface Served {
  readonly descriptions: readonly ResourceDescription[];
  readonly registry: ResourceRegistry;
  readonly openApi: OpenApiDocuments;
}

/**
 * A group version whose objects a Nest microservice keeps. The backend says what it serves; requests are handled here as those
 * of custom resources are, and become messages where objects are read and written.
 */
export class MicroserviceBackend extends Backend {
  private served: Served | undefined;
  /** Whether it answered since it was last said to be gone. */
  private answered = false;
  private saidGoneAt = Number.NEGATIVE_INFINITY;
  private asking: Promise<Served> | undefined;

  constructor(
    private readonly groupVersion: GroupVersion,
    private readonly client: MessageClient,
    private readonly environment: MicroserviceEnvironment,
    /** Called when the backend seems to be gone, with the time after which to look. */
    private readonly onGone: (afterMs: number) => void,
  ) {
    super();
  }

  /** The connection is lost, or a message got no answer. One that comes and goes is not looked at in circles. */
  readonly lost = (): void => {
    if (!this.answered) return;
    this.answered = false;
    const sinceMs = performance.now() - this.saidGoneAt;
    this.saidGoneAt = performance.now();
    this.onGone(Math.max(0, GONE_INTERVAL_MS - sinceMs));
  };

  override urlOf(): string {
    return this.client.address;
  }

  /** @throws NotServed never; StatusError */
  override async serve(request: ApiRequest): Promise<Answer> {
    const { registry } = this.served ?? (await this.discoverFor());
    const { info } = request;
    if (!info.isResourceRequest) return this.document(request, registry);
    const lookup = registry.lookup(info.group, info.version, info.resource);
    if (lookup === undefined) return NOT_FOUND;
    return this.environment.handler.handle(request, lookup);
  }

  /** Documents only: discovery asks the backend anew each time, the others tell what it said last. */
  override async send({ url }: BackendRequest): Promise<BackendAnswer> {
    const [path = ''] = url.split('?', 1);
    const served = await this.discover();
    const document = await this.documentAt(path, served);
    const body = document ?? Buffer.from('{}');
    const etag = `"${createHash('sha256').update(body).digest('hex')}"`;
    return {
      status: document === undefined ? 404 : 200,
      headers: { 'content-type': 'application/json', etag },
      body: Readable.from([body]),
      origin: this.client.address,
    };
  }

  override async close(): Promise<void> {
    await this.client.close();
  }

  private async documentAt(path: string, { registry, openApi }: Served): Promise<Buffer | undefined> {
    const groupVersion = formatGroupVersion(this.groupVersion);
    const own = `apis/${groupVersion}`;
    if (path === `/${own}`) return Buffer.from(encodeJson(this.resourceList(registry)));
    const hash = openApi.hash(own);
    if (path === V3) {
      return Buffer.from(encodeJson({ paths: { [own]: { serverRelativeURL: `${V3}/${own}?hash=${hash}` } } }));
    }
    if (path === `${V3}/${own}`) return Buffer.concat(await openApi.v3(own, new JsonDocumentEncoding('v3')));
    if (path === V2) return Buffer.concat(await openApi.v2(new JsonDocumentEncoding('v2'), hash, () => []));
    return undefined;
  }

  private resourceList(registry: ResourceRegistry): JsonObject {
    const { group, version } = this.groupVersion;
    const resources = new ResourceListing(registry, []).byGroupVersion().get(formatGroupVersion(this.groupVersion));
    return apiResourceList(group, version, resources ?? []);
  }

  private document({ path }: ApiRequest, registry: ResourceRegistry): Answer {
    if (path.replace(/\/$/, '') !== `/apis/${formatGroupVersion(this.groupVersion)}`) return NOT_FOUND;
    const body = Buffer.from(`${encodeJson(this.resourceList(registry))}\n`);
    return { type: 'bytes', status: 200, contentType: 'application/json', body };
  }

  /** @throws StatusError */
  private discoverFor(): Promise<Served> {
    return this.discover().catch((error: unknown) => {
      const { cause } = error as Error;
      throw cause instanceof MessageError ? statusOf(cause) : error;
    });
  }

  /** Asks once for all who ask at the same time. @throws BackendError, Error */
  private discover(): Promise<Served> {
    this.asking ??= this.ask().finally(() => {
      this.asking = undefined;
    });
    return this.asking;
  }

  private async ask(): Promise<Served> {
    let answers: unknown[];
    try {
      const pattern = discoveryPattern(this.groupVersion);
      answers = await this.client.request(pattern, {}, { timeoutMs: DISCOVERY_TIMEOUT_MS });
    } catch (error) {
      const unresolved = error instanceof MessageError && error.kind === 'unresolved';
      throw new BackendError((error as Error).message, unresolved, { cause: error });
    }
    const descriptions = readDescriptions(answers);
    this.answered = true;
    const before = this.served;
    if (before !== undefined && jsonEqual(before.descriptions as never, descriptions as never)) return before;
    this.served = this.define(descriptions);
    return this.served;
  }

  private define(descriptions: readonly ResourceDescription[]): Served {
    const registry = new ResourceRegistry();
    for (const description of descriptions) registry.set('extensions', this.defineResource(description));
    return { descriptions, registry, openApi: new OpenApiDocuments(registry, this.environment.openApi) };
  }

  private defineResource(description: ResourceDescription): ServedResource {
    const { environment, client } = this;
    const remote = defineOrRefuse(this.groupVersion, description, environment.objectMeta());
    const parts = {
      remote,
      client,
      environment: environment.store,
      answerTimeoutMs: ANSWER_TIMEOUT_MS,
      onUnanswered: this.lost,
    };
    const subresources = new Map<string, SubresourceDefinition>();
    const { statusStrategy } = remote;
    if (statusStrategy !== undefined) {
      const { get, update } = new RemoteResource(parts, statusStrategy).storage();
      const storage: RestStorage = {
        ...(get && { get }),
        ...(update && {
          update: (ctx, name, request, options) => update(ctx, name, request, { ...options, forceAllowCreate: false }),
        }),
      };
      subresources.set('status', { name: 'status', storage, resetFields: statusStrategy.resetFields() });
    }
    return { definition: remote.definition, storage: new RemoteResource(parts).storage(), subresources };
  }
}

/** What cannot be understood counts as no answer: the condition tells why. @throws BackendError */
function readDescriptions(answers: readonly unknown[]): ResourceDescription[] {
  try {
    return readDiscovery(answers[0]);
  } catch (error) {
    throw new BackendError((error as Error).message, false, { cause: error });
  }
}

function defineOrRefuse(...args: Parameters<typeof defineRemote>): ReturnType<typeof defineRemote> {
  try {
    return defineRemote(...args);
  } catch (error) {
    throw new BackendError((error as Error).message, false, { cause: error });
  }
}

const NOT_FOUND: Answer = {
  type: 'bytes',
  status: 404,
  contentType: 'text/plain; charset=utf-8',
  headers: { 'x-content-type-options': 'nosniff' },
  body: Buffer.from('404 page not found\n'),
};
