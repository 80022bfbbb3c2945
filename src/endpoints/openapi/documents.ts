import { createHash } from 'node:crypto';
import type { JsonObject } from '../../apimachinery/meta/json.js';
import type { DocumentEncoding, EncodedPart } from '../../apimachinery/openapi/document-encoding.js';
import type { DescriptionSource } from '../../apimachinery/openapi/schema-writer.js';
import { encodeJson } from '../../apimachinery/runtime/json.js';
import type { ResourceRegistry } from '../../registry/resource-registry.js';
import { TimeSlices } from '../../storage/cacher/time-slices.js';
import { type ListedResource, type ResourceFacts, ResourceListing } from '../discovery/resource-listing.js';
import { DocumentBuilder } from './document-builder.js';
import { FIXED_PATHS, SECURITY_SCHEMES, TITLE } from './fixed-parts.js';
import { DocumentedTypes } from './media-types.js';
import { ModelCatalogue, type TypeSource } from './models.js';
import { CLIENT_GROUP_VERSIONS } from './registered-versions.js';
import { WholeDocument } from './whole-document.js';

export interface OpenApiSettings {
  readonly types: TypeSource;
  readonly facts: readonly ResourceFacts[];
  readonly descriptions: DescriptionSource;
  /** `1.37`. */
  readonly version: string;
  /** Groups that are shown; default: all. */
  readonly serves?: (group: string) => boolean;
  /** Whether the server reads and writes CBOR. */
  readonly cbor?: boolean;
}

interface Hashed {
  readonly resources: readonly ListedResource[];
  readonly hash: string;
}

const NOTHING: readonly ListedResource[] = [];

/**
 * OpenAPI documents of what the registry serves, made when asked for, with rests in between so that the event loop goes on. Kept are hashes,
 * and of the v2 document its parts, within a limit.
 */
export class OpenApiDocuments {
  private readonly media: DocumentedTypes;
  private readonly listing: ResourceListing;
  private readonly hashes = new Map<string, Hashed>();
  private readonly whole: WholeDocument;
  private generation = -1;
  private resources: ReadonlyMap<string, readonly ListedResource[]> = new Map();
  private catalogue: ModelCatalogue;

  constructor(
    private readonly registry: ResourceRegistry,
    private readonly settings: OpenApiSettings,
  ) {
    this.listing = new ResourceListing(registry, settings.facts);
    this.media = new DocumentedTypes(settings.cbor ?? false);
    this.catalogue = new ModelCatalogue(registry, settings.types);
    this.whole = new WholeDocument(settings, this.media);
  }

  /** Paths of all v3 documents, below /openapi/v3: `api/v1`, `apis/apps`, `apis/apps/v1`, `version`. */
  paths(): string[] {
    this.refresh();
    const paths = new Set(this.fixed());
    for (const [groupVersion, resources] of this.resources) {
      const slash = groupVersion.indexOf('/');
      paths.add(slash < 0 ? `api/${groupVersion}` : `apis/${groupVersion}`);
      if (slash >= 0 && isBuiltin(resources)) paths.add(`apis/${groupVersion.slice(0, slash)}`);
    }
    return [...paths].sort();
  }

  has(path: string): boolean {
    this.refresh();
    if (path in FIXED_PATHS) return this.fixed().includes(path);
    const groupVersion = groupVersionOf(path);
    if (groupVersion !== undefined) return this.resources.has(groupVersion);
    return path.startsWith('apis/') && this.groupVersions(path.slice('apis/'.length)).length > 0;
  }

  /**
   * What ETag and hash URLs say about a document: it changes with anything the document is made of, which is the release and
   * what is served, with the editions of custom schemas.
   */
  hash(path: string): string {
    this.refresh();
    const resources = this.resources.get(groupVersionOf(path) ?? '') ?? NOTHING;
    const known = this.hashes.get(path);
    // A resource that is served anew is listed anew.
    if (known !== undefined && sameItems(known.resources, resources)) return known.hash;
    const edition = `${this.settings.version} ${this.settings.descriptions.edition}`;
    const content = encodeJson(resources);
    const hash = createHash('sha512').update(`${edition}\n${path}\n${content}`).digest('hex').toUpperCase();
    this.hashes.set(path, { resources, hash });
    return hash;
  }

  /** A v3 document, in buffers to be joined; `path` must be one that {@link has} knows. */
  async v3(path: string, encoding: DocumentEncoding): Promise<Buffer[]> {
    this.refresh();
    const { descriptions, version } = this.settings;
    const resources = this.resources.get(groupVersionOf(path) ?? '') ?? NOTHING;
    const custom = resources.length > 0 && !isBuiltin(resources);
    const builder = new DocumentBuilder('v3', this.catalogue, descriptions, this.media);
    const slices = new TimeSlices(1);
    const parts: EncodedPart[] = [];
    for (const paths of pathsOf(builder, path, resources)) {
      parts.push(encoding.part(paths, {}));
      if (slices.due()) await slices.pause();
    }
    for (const models of builder.customModels()) {
      parts.push(encoding.part({}, models));
      if (slices.due()) await slices.pause();
    }
    for (const ref of builder.builtinRefs()) {
      parts.push(encoding.part({}, builder.builtinModel(ref, custom ? CLIENT_GROUP_VERSIONS : undefined)));
      if (slices.due()) await slices.pause();
    }
    const info = custom ? { title: 'Kubernetes CRD Swagger', version: 'v0.1.0' } : { title: TITLE, version };
    const frame = { head: { openapi: '3.0.0', info }, ...(!custom && { securitySchemes: SECURITY_SCHEMES }) };
    return encoding.whole(frame, parts);
  }

  /** Hash of the whole, for v2. */
  wholeHash(): string {
    const digest = createHash('sha512');
    for (const path of this.paths()) digest.update(this.hash(path));
    return digest.digest('hex').toUpperCase();
  }

  /**
   * The v2 document, in buffers to be sent one after the other.
   * @param state names everything that it is made of
   * @param more documents to be merged into it
   */
  v2(encoding: DocumentEncoding, state: string, more: () => readonly JsonObject[]): Promise<readonly Buffer[]> {
    this.refresh();
    const builtin: [string, readonly ListedResource[]][] = [];
    const custom: { groupVersion: string; resources: readonly ListedResource[]; hash: string }[] = [];
    for (const [groupVersion, resources] of this.resources) {
      if (isBuiltin(resources)) builtin.push([groupVersion, resources]);
      else custom.push({ groupVersion, resources, hash: this.hash(`apis/${groupVersion}`) });
    }
    const fixed = this.fixed().map((name) => FIXED_PATHS[name]!);
    return this.whole.build({ encoding, state, catalogue: this.catalogue, fixed, builtin, custom, more });
  }

  private groupVersions(group: string): string[] {
    return [...this.resources].flatMap(([key, resources]) =>
      key.startsWith(`${group}/`) && isBuiltin(resources) ? [key] : [],
    );
  }

  private fixed(): string[] {
    return Object.keys(FIXED_PATHS).filter((path) => path !== 'api' || this.settings.serves?.('') !== false);
  }

  private shown(resources: ReadonlyMap<string, readonly ListedResource[]>): typeof resources {
    const { serves } = this.settings;
    if (serves === undefined) return resources;
    const groupOf = (groupVersion: string) => (groupVersion.includes('/') ? groupVersion.split('/', 1)[0]! : '');
    return new Map([...resources].filter(([groupVersion]) => serves(groupOf(groupVersion))));
  }

  private refresh(): void {
    if (this.generation === this.registry.generation) return;
    this.generation = this.registry.generation;
    this.resources = this.shown(this.listing.byGroupVersion());
    this.catalogue = new ModelCatalogue(this.registry, this.settings.types);
    for (const path of this.hashes.keys()) if (!this.has(path)) this.hashes.delete(path);
  }
}

function* pathsOf(builder: DocumentBuilder, path: string, resources: readonly ListedResource[]): Generator<JsonObject> {
  const fixed = FIXED_PATHS[path];
  const groupVersion = groupVersionOf(path);
  if (fixed !== undefined) yield builder.fixed(fixed);
  else if (groupVersion === undefined) yield builder.group(path.slice('apis/'.length));
  else yield* builder.groupVersion(groupVersion, resources);
}

function isBuiltin(resources: readonly ListedResource[]): boolean {
  return resources.some(({ custom }) => !custom);
}

function sameItems(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.length === b.length && a.every((item, i) => item === b[i]);
}

/** `v1` of `api/v1`, `apps/v1` of `apis/apps/v1`. */
function groupVersionOf(path: string): string | undefined {
  const parts = path.split('/');
  if (parts[0] === 'api' && parts.length === 2) return parts[1];
  return parts[0] === 'apis' && parts.length === 3 ? `${parts[1]}/${parts[2]}` : undefined;
}
