import { createHash } from 'node:crypto';
import { isJsonObject, type JsonObject } from '../../apimachinery/meta/json.js';
import type { DocumentEncoding, EncodedPart } from '../../apimachinery/openapi/document-encoding.js';
import { mergeSwagger, type SwaggerParts } from '../../apimachinery/openapi/merge-swagger.js';
import type { DescriptionSource } from '../../apimachinery/openapi/schema-writer.js';
import { encodeJson } from '../../apimachinery/runtime/json.js';
import { TimeSlices } from '../../storage/cacher/time-slices.js';
import type { ListedResource } from '../discovery/resource-listing.js';
import { DocumentBuilder, type ModelRef, nameOfRef } from './document-builder.js';
import { type FixedPath, SECURITY, SECURITY_SCHEMES, TITLE } from './fixed-parts.js';
import type { DocumentedTypes } from './media-types.js';
import { type ModelCatalogue, SHARED_BY_ALL_GROUPS } from './models.js';
import { sharedParametersV2 } from './parameters.js';
import { REGISTERED_GROUP_VERSIONS } from './registered-versions.js';

/** Bytes of parts kept between requests, so that a change costs its own group/version only; the least recently used go first. */
const PARTS_BYTES_MAX = 64 * 1024 * 1024;

export interface WholeInput {
  readonly encoding: DocumentEncoding;
  /** Names everything below. */
  readonly state: string;
  readonly catalogue: ModelCatalogue;
  readonly fixed: readonly FixedPath[];
  readonly builtin: readonly (readonly [string, readonly ListedResource[]])[];
  readonly custom: readonly {
    readonly groupVersion: string;
    readonly resources: readonly ListedResource[];
    readonly hash: string;
  }[];
  /** Documents of other servers. */
  readonly more: () => readonly JsonObject[];
}

/** What a group/version, or all that is built in, adds to the document. */
interface Section {
  /** What it was made of. */
  readonly state: string;
  readonly part: EncodedPart;
  /** Built-in models that it points to. */
  readonly refs: ReadonlyMap<string, ModelRef>;
  readonly bytes: number;
}

type MadeSection = Pick<Section, 'part' | 'refs'>;

/** The v2 document: one for everything that is served, put together from parts that are kept as bytes. */
export class WholeDocument {
  private readonly sections = new Map<string, Section>();
  private keptBytes = 0;
  private last: { readonly key: string; readonly buffers: Promise<readonly Buffer[]> } | undefined;

  constructor(
    private readonly settings: { readonly descriptions: DescriptionSource; readonly version: string },
    private readonly media: DocumentedTypes,
  ) {}

  build(input: WholeInput): Promise<readonly Buffer[]> {
    const key = `${input.encoding.name} ${input.state}`;
    if (this.last?.key === key) return this.last.buffers;
    const buffers = this.assemble(input);
    this.last = { key, buffers };
    const forget = (): void => {
      if (this.last?.buffers === buffers) this.last = undefined;
    };
    // What is too big to be kept in parts is not kept as a whole.
    buffers.then((made) => made.reduce((sum, { length }) => sum + length, 0) > PARTS_BYTES_MAX && forget(), forget);
    return buffers;
  }

  private async assemble(input: WholeInput): Promise<readonly Buffer[]> {
    const { encoding, builtin, custom } = input;
    const slices = new TimeSlices(1);
    const used = new Set<string>();
    const section = async (name: string, state: string, make: () => Promise<MadeSection>) => {
      const key = `${encoding.name} ${name}`;
      used.add(key);
      return this.recall(key, state) ?? this.keep(key, state, await make());
    };
    const builtinState = createHash('sha512').update(encodeJson(builtin.map(([, resources]) => resources)));
    const own = await section('', builtinState.digest('base64'), () => this.makeBuiltin(input, slices));
    const parts = [own.part];
    const refs = new Map<string, ModelRef>();
    for (const { groupVersion, resources, hash } of custom) {
      const each = await section(groupVersion, hash, () => this.makeCustom(input, groupVersion, resources, slices));
      parts.push(each.part);
      for (const [name, ref] of each.refs) refs.set(name, ref);
    }
    for (const key of this.sections.keys()) {
      if (key.startsWith(`${encoding.name} `) && !used.has(key)) this.forget(key);
    }
    parts.push(this.sharedModels(input, own, refs));
    const { parameters, part } = this.merged(input, own);
    const { version } = this.settings;
    const frame = {
      head: { swagger: '2.0', info: { title: TITLE, version } },
      rest: { parameters, securityDefinitions: SECURITY_SCHEMES, security: SECURITY },
    };
    return encoding.whole(frame, [...parts, part]);
  }

  private builder({ catalogue }: WholeInput): DocumentBuilder {
    return new DocumentBuilder('v2', catalogue, this.settings.descriptions, this.media);
  }

  /** All that is built in: its group/versions share models. */
  private async makeBuiltin(input: WholeInput, slices: TimeSlices): Promise<MadeSection> {
    const { encoding, builtin } = input;
    const builder = this.builder(input);
    const parts: EncodedPart[] = [];
    const add = async (paths: JsonObject, models: JsonObject): Promise<void> => {
      parts.push(encoding.part(paths, models));
      if (slices.due()) await slices.pause();
    };
    for (const fixed of input.fixed) await add(builder.fixed(fixed), {});
    const groups = new Set(builtin.flatMap(([key]) => (key.includes('/') ? [key.split('/')[0]!] : [])));
    for (const group of groups) await add(builder.group(group), {});
    for (const [groupVersion, resources] of builtin) {
      for (const paths of builder.groupVersion(groupVersion, resources)) await add(paths, {});
    }
    const refs = new Map<string, ModelRef>();
    for (const ref of builder.builtinRefs()) {
      const name = nameOfRef(ref);
      refs.set(name, ref);
      if (!SHARED_BY_ALL_GROUPS.has(name)) await add({}, builder.builtinModel(ref));
    }
    return { part: encoding.join(parts), refs };
  }

  private async makeCustom(
    input: WholeInput,
    groupVersion: string,
    resources: readonly ListedResource[],
    slices: TimeSlices,
  ): Promise<MadeSection> {
    const builder = this.builder(input);
    const parts: EncodedPart[] = [];
    for (const paths of builder.groupVersion(groupVersion, resources)) {
      parts.push(input.encoding.part(paths, {}));
      if (slices.due()) await slices.pause();
    }
    for (const models of builder.customModels()) {
      parts.push(input.encoding.part({}, models));
      if (slices.due()) await slices.pause();
    }
    const refs = new Map([...builder.builtinRefs()].map((ref) => [nameOfRef(ref), ref]));
    return { part: input.encoding.join(parts), refs };
  }

  /** Models that name every group/version, and what only custom kinds point to. */
  private sharedModels(input: WholeInput, own: Section, refs: ReadonlyMap<string, ModelRef>): EncodedPart {
    const builder = this.builder(input);
    const models: JsonObject = {};
    const write = (ref: ModelRef): void => {
      Object.assign(models, builder.builtinModel(ref, REGISTERED_GROUP_VERSIONS));
    };
    const missing = (name: string): boolean => SHARED_BY_ALL_GROUPS.has(name) || !own.refs.has(name);
    const wanted = new Map([...own.refs, ...refs].filter(([name]) => missing(name)));
    for (const ref of wanted.values()) write(ref);
    for (const ref of builder.builtinRefs()) {
      const name = nameOfRef(ref);
      if (missing(name) && !wanted.has(name)) write(ref);
    }
    return input.encoding.part({}, models);
  }

  /** Adds documents of other servers. Of what is served here, only what they name too is looked at. */
  private merged(input: WholeInput, own: Section): { parameters: JsonObject; part: EncodedPart } {
    const parameters: JsonObject = { ...sharedParametersV2(), ...this.builder(input).sharedBodies() };
    const here: SwaggerParts = { paths: {}, definitions: {}, parameters };
    const more = input.more();
    for (const document of more) this.addNamed(input, own, document, here);
    const ours = { paths: new Set(Object.keys(here.paths)), definitions: new Set(Object.keys(here.definitions)) };
    for (const document of more) mergeSwagger(here, document);
    const added = (section: 'paths' | 'definitions'): JsonObject =>
      Object.fromEntries(Object.entries(here[section]).filter(([name]) => !ours[section].has(name)));
    return { parameters, part: input.encoding.part(added('paths'), added('definitions')) };
  }

  private addNamed(input: WholeInput, own: Section, document: JsonObject, here: SwaggerParts): void {
    const { paths, definitions } = document;
    const builder = this.builder(input);
    const served = new Map([
      ...input.builtin,
      ...input.custom.map((each) => [each.groupVersion, each.resources] as const),
    ]);
    const named = new Set(
      Object.keys(isJsonObject(paths) ? paths : {}).map((path) => /^\/apis\/([^/]+\/[^/]+)/.exec(path)?.[1] ?? ''),
    );
    for (const groupVersion of named) {
      const resources = served.get(groupVersion);
      if (resources === undefined) continue;
      for (const each of builder.groupVersion(groupVersion, resources)) Object.assign(here.paths, each);
    }
    const models = new Map([...own.refs.values()].map((ref) => [Object.keys(builder.builtinModel(ref))[0]!, ref]));
    for (const name of Object.keys(isJsonObject(definitions) ? definitions : {})) {
      const ref = models.get(name);
      const model =
        ref === undefined ? builder.customModelNamed(name) : builder.builtinModel(ref, REGISTERED_GROUP_VERSIONS)[name];
      if (model !== undefined) here.definitions[name] = model;
    }
  }

  private recall(key: string, state: string): Section | undefined {
    const known = this.sections.get(key);
    if (known === undefined || known.state !== state) return undefined;
    this.sections.delete(key);
    this.sections.set(key, known);
    return known;
  }

  private keep(key: string, state: string, made: MadeSection): Section {
    this.forget(key);
    const bytes = made.part.paths.length + made.part.models.length;
    const section = { state, bytes, ...made };
    this.sections.set(key, section);
    this.keptBytes += bytes;
    for (const oldest of this.sections.keys()) {
      if (this.keptBytes <= PARTS_BYTES_MAX || oldest === key) break;
      this.forget(oldest);
    }
    return section;
  }

  private forget(key: string): void {
    this.keptBytes -= this.sections.get(key)?.bytes ?? 0;
    this.sections.delete(key);
  }
}
