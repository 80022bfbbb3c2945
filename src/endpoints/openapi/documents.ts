import { createHash } from 'node:crypto';
import type { JsonObject } from '../../apimachinery/meta/json.js';
import { mergeSwagger } from '../../apimachinery/openapi/merge-swagger.js';
import type { DescriptionSource } from '../../apimachinery/openapi/schema-writer.js';
import { encodeJson } from '../../apimachinery/runtime/json.js';
import type { ResourceRegistry } from '../../registry/resource-registry.js';
import { type ListedResource, type ResourceFacts, ResourceListing } from '../discovery/resource-listing.js';
import { DocumentBuilder, type FixedPath } from './document-builder.js';
import { ModelCatalogue, type TypeSource } from './models.js';
import { operationPrefix, operationTag } from './operations.js';
import { sharedParametersV2 } from './parameters.js';

export interface OpenApiSettings {
  readonly types: TypeSource;
  readonly facts: readonly ResourceFacts[];
  readonly descriptions: DescriptionSource;
  /** `1.37`. */
  readonly version: string;
  /** Groups that are shown; default: all. */
  readonly serves?: (group: string) => boolean;
}

const TITLE = 'Kubernetes';
const BEARER: JsonObject = {
  BearerToken: { type: 'apiKey', name: 'authorization', in: 'header', description: 'Bearer Token authentication' },
};
const SECURITY: JsonObject[] = [{ BearerToken: [] }];

/** Paths of v3 documents that no group/version has. */
const FIXED: Readonly<Record<string, FixedPath>> = {
  api: { path: '/api/', id: 'getCoreAPIVersions', tag: 'core', answer: 'APIVersions' },
  apis: { path: '/apis/', id: 'getAPIVersions', tag: 'apis', answer: 'APIGroupList' },
  version: { path: '/version/', id: 'getCodeVersion', tag: 'version', answer: 'Info' },
};

/** OpenAPI documents of what the registry serves, made when asked for; nothing is kept but hashes. */
export class OpenApiDocuments {
  private readonly listing: ResourceListing;
  private readonly hashes = new Map<string, string>();
  private generation = -1;
  private resources: ReadonlyMap<string, readonly ListedResource[]> = new Map();
  private catalogue: ModelCatalogue;

  constructor(
    private readonly registry: ResourceRegistry,
    private readonly settings: OpenApiSettings,
  ) {
    this.listing = new ResourceListing(registry, settings.facts);
    this.catalogue = new ModelCatalogue(registry, settings.types);
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
    if (path in FIXED) return this.fixed().includes(path);
    const groupVersion = groupVersionOf(path);
    if (groupVersion !== undefined) return this.resources.has(groupVersion);
    return path.startsWith('apis/') && this.groupVersions(path.slice('apis/'.length)).length > 0;
  }

  /**
   * What ETag and hash URLs say about a document: it changes with anything the document is made of. For built-in groups that
   * is the release and what is served; for custom ones, the document itself.
   */
  hash(path: string): string {
    this.refresh();
    let hash = this.hashes.get(path);
    if (hash === undefined) {
      const resources = this.resources.get(groupVersionOf(path) ?? '') ?? [];
      const content =
        isBuiltin(resources) || resources.length === 0 ? encodeJson([...resources]) : encodeJson(this.v3(path));
      const edition = `${this.settings.version} ${this.settings.descriptions.edition}`;
      hash = createHash('sha512').update(`${edition}\n${path}\n${content}`).digest('hex').toUpperCase();
      this.hashes.set(path, hash);
    }
    return hash;
  }

  /** A v3 document; `path` must be one that {@link has} knows. */
  v3(path: string): JsonObject {
    this.refresh();
    const builder = new DocumentBuilder('v3', this.catalogue, this.settings.descriptions);
    const fixed = FIXED[path];
    const groupVersion = groupVersionOf(path);
    let info: JsonObject = { title: TITLE, version: this.settings.version };
    if (fixed !== undefined) builder.addFixed(fixed);
    else if (groupVersion === undefined) this.addGroup(builder, path.slice('apis/'.length));
    else {
      const resources = this.resources.get(groupVersion) ?? [];
      if (!isBuiltin(resources)) info = { title: 'Kubernetes CRD Swagger', version: 'v0.1.0' };
      this.addGroupVersion(builder, groupVersion, resources);
    }
    return {
      openapi: '3.0.0',
      info,
      paths: builder.paths,
      components: { schemas: builder.models(), securitySchemes: BEARER },
      security: SECURITY,
    };
  }

  /** Hash of the whole, for v2. */
  wholeHash(): string {
    const digest = createHash('sha512');
    for (const path of this.paths()) digest.update(this.hash(path));
    return digest.digest('hex').toUpperCase();
  }

  /**
   * The v2 document as JSON text, in pieces: one group/version is written at a time, with a rest between, so that the event
   * loop goes on.
   */
  async v2(more: readonly JsonObject[], rest: () => Promise<void>): Promise<string> {
    this.refresh();
    const builder = new DocumentBuilder('v2', this.catalogue, this.settings.descriptions);
    for (const name of this.fixed()) builder.addFixed(FIXED[name]!);
    for (const group of new Set(
      [...this.resources.keys()].filter((key) => key.includes('/')).map((key) => key.split('/')[0]!),
    )) {
      this.addGroup(builder, group);
    }
    for (const [groupVersion, resources] of this.resources) {
      this.addGroupVersion(builder, groupVersion, resources);
      await rest();
    }
    const definitions = builder.models();
    const { paths } = builder;
    const parameters = { ...sharedParametersV2(), 'fieldManager-7c6nTn1T': PATCH_FIELD_MANAGER };
    for (const document of more) {
      mergeSwagger({ paths, definitions, parameters }, document);
      await rest();
    }
    const head = encodeJson({ swagger: '2.0', info: { title: TITLE, version: this.settings.version } });
    const pathsText = encodeJson(paths);
    await rest();
    const definitionsText = encodeJson(definitions);
    const tail = encodeJson({ parameters, securityDefinitions: BEARER, security: SECURITY });
    return `${head.slice(0, -1)},"paths":${pathsText},"definitions":${definitionsText},${tail.slice(1)}`;
  }

  private addGroup(builder: DocumentBuilder, group: string): void {
    const prefix = operationPrefix(group, '');
    const tag = operationTag(group, '').replace(/_$/, '');
    builder.addFixed({ path: `/apis/${group}/`, id: `get${prefix}APIGroup`, tag, answer: 'APIGroup' });
  }

  private addGroupVersion(builder: DocumentBuilder, groupVersion: string, resources: readonly ListedResource[]): void {
    const slash = groupVersion.indexOf('/');
    const group = groupVersion.slice(0, Math.max(slash, 0));
    const version = groupVersion.slice(slash + 1);
    if (isBuiltin(resources)) builder.addResourceList(group, version);
    for (const resource of resources) builder.addResource(group, version, resource);
  }

  private groupVersions(group: string): string[] {
    return [...this.resources].flatMap(([key, resources]) =>
      key.startsWith(`${group}/`) && isBuiltin(resources) ? [key] : [],
    );
  }

  private fixed(): string[] {
    return Object.keys(FIXED).filter((path) => path !== 'api' || this.settings.serves?.('') !== false);
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
    this.hashes.clear();
  }
}

const PATCH_FIELD_MANAGER: JsonObject = { uniqueItems: true, type: 'string', name: 'fieldManager', in: 'query' };

function isBuiltin(resources: readonly ListedResource[]): boolean {
  return resources.some(({ custom }) => !custom);
}

/** `v1` of `api/v1`, `apps/v1` of `apis/apps/v1`. */
function groupVersionOf(path: string): string | undefined {
  const parts = path.split('/');
  if (parts[0] === 'api' && parts.length === 2) return parts[1];
  return parts[0] === 'apis' && parts.length === 3 ? `${parts[1]}/${parts[2]}` : undefined;
}
