import type { JsonObject } from '../meta/json.js';
import { encodeJson } from '../runtime/json.js';
import { encodeOpenApiProtobuf } from './protobuf.js';
import type { OpenApiFlavor } from './schema-writer.js';

/** What a document says beside its paths and models. `securitySchemes` stand beside the models in v3, in `rest` in v2. */
export interface DocumentFrame {
  readonly head: JsonObject;
  readonly securitySchemes?: JsonObject;
  readonly rest?: JsonObject;
}

/** Some paths and models of a document as bytes that {@link DocumentEncoding.whole} puts together. */
export interface EncodedPart {
  readonly paths: Buffer;
  readonly models: Buffer;
}

/** Writes documents part by part, so that big ones neither hold the event loop nor are ever in memory as one object. */
export abstract class DocumentEncoding {
  /** `json`, `protobuf`. */
  abstract readonly name: string;

  constructor(readonly flavor: OpenApiFlavor) {}

  abstract part(paths: JsonObject, models: JsonObject): EncodedPart;

  /** Several parts as one. */
  abstract join(parts: readonly EncodedPart[]): EncodedPart;

  /** The whole document, in buffers to be sent one after the other. */
  abstract whole(frame: DocumentFrame, parts: readonly EncodedPart[]): Buffer[];
}

const COMMA = Buffer.from(',');
const EMPTY = Buffer.alloc(0);

export class JsonDocumentEncoding extends DocumentEncoding {
  readonly name = 'json';

  override part(paths: JsonObject, models: JsonObject): EncodedPart {
    return { paths: membersOf(paths), models: membersOf(models) };
  }

  override join(parts: readonly EncodedPart[]): EncodedPart {
    return {
      paths: Buffer.concat(joined(parts.map(({ paths }) => paths))),
      models: Buffer.concat(joined(parts.map(({ models }) => models))),
    };
  }

  override whole({ head, securitySchemes, rest }: DocumentFrame, parts: readonly EncodedPart[]): Buffer[] {
    const v2 = this.flavor === 'v2';
    const schemes = securitySchemes === undefined ? '' : `,"securitySchemes":${encodeJson(securitySchemes)}`;
    const more = rest === undefined ? '' : `,${encodeJson(rest).slice(1, -1)}`;
    return [
      Buffer.from(`${encodeJson(head).slice(0, -1)},"paths":{`),
      ...joined(parts.map(({ paths }) => paths)),
      Buffer.from(v2 ? '},"definitions":{' : '},"components":{"schemas":{'),
      ...joined(parts.map(({ models }) => models)),
      Buffer.from(`${v2 ? '}' : `}${schemes}}`}${more}}`),
    ];
  }
}

/** In protobuf, a message is the union of its parts written one after the other. */
export class ProtobufDocumentEncoding extends DocumentEncoding {
  readonly name = 'protobuf';

  override part(paths: JsonObject, models: JsonObject): EncodedPart {
    const content = this.flavor === 'v2' ? { definitions: models } : { components: { schemas: models } };
    return { paths: encodeOpenApiProtobuf({ paths, ...content }, this.flavor), models: EMPTY };
  }

  override join(parts: readonly EncodedPart[]): EncodedPart {
    return { paths: Buffer.concat(parts.map(({ paths }) => paths)), models: EMPTY };
  }

  override whole({ head, securitySchemes, rest }: DocumentFrame, parts: readonly EncodedPart[]): Buffer[] {
    const schemes = securitySchemes === undefined ? {} : { components: { securitySchemes } };
    const frame = encodeOpenApiProtobuf({ ...head, ...schemes, ...rest }, this.flavor);
    return [frame, ...parts.map(({ paths }) => paths)];
  }
}

/** The members of an object, without its braces. */
function membersOf(object: JsonObject): Buffer {
  return Buffer.from(encodeJson(object).slice(1, -1));
}

function joined(members: readonly Buffer[]): Buffer[] {
  return members.filter(({ length }) => length > 0).flatMap((each, i) => (i === 0 ? [each] : [COMMA, each]));
}
