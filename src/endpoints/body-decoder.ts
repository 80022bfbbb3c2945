import { badRequest, invalid, type StatusError } from '../apimachinery/errors/status-error.js';
import { isJsonObject, type JsonObject, type JsonValue } from '../apimachinery/meta/json.js';
import type { KubeObject } from '../apimachinery/meta/object.js';
import { decodeCbor } from '../apimachinery/runtime/cbor.js';
import { ProtobufError } from '../apimachinery/runtime/protobuf.js';
import { isEmptyEnvelope, unwrapMessage } from '../apimachinery/runtime/protobuf-envelope.js';
import { decodeJsonText, NumberFault, SyntaxFault } from '../apimachinery/runtime/strict-json.js';
import { parseYamlDocument } from '../apimachinery/runtime/yaml.js';
import { goValueName } from '../apimachinery/schema/codec.js';
import { fieldInvalid } from '../apimachinery/validation/field-error.js';
import type { FieldValidation, RestContext } from '../registry/rest/context.js';

import { type MediaType, negotiateInput } from './negotiation.js';
import { decodeEnvelope } from './protobuf.js';
import { type RequestScope, schemaOf } from './request-scope.js';
import { goPackageOf } from './type-meta.js';

/** Bytes of a body that an error message shows. */
const SUMMARY_BYTES_MAX = 30;
const YAML_HEAD = 'yaml: unmarshal errors:\n';

type Target = Pick<
  RequestScope,
  'kind' | 'codec' | 'apiVersion' | 'definition' | 'version' | 'subresource' | 'whole' | 'isKnownKind' | 'cbor'
>;

/** Takes what validation, and so only after name and version, has to say of the type of a custom resource. */
export interface LaterRefusal {
  refusal?: StatusError;
}

/**
 * A request body as an object of the scope's kind, in the request's version, not yet defaulted.
 * @param later where another kind is to be refused in its turn, by who calls; else it is refused at once
 * @throws StatusError 400, 415, 422 with upstream's texts
 */
export function decodeBody(
  target: Target,
  body: Buffer,
  contentType: string | undefined,
  validation: FieldValidation,
  ctx: RestContext,
  later?: LaterRefusal,
): KubeObject {
  const mediaType = negotiateInput(contentType, target.cbor);
  if (mediaType === 'protobuf') return decodeProtobuf(target, body);
  const strict: string[] = [];
  const value = parseBody(target, body, mediaType, strict);
  if (isOtherVersion(target, value)) {
    noteUnknownFields(target, value, strict);
    reportStrict(target, strict, validation, ctx);
    throw versionMismatch(String(value.apiVersion), target.apiVersion);
  }
  if (target.definition.custom && target.whole) checkCustomVersion(target, value, body, validation);
  const object = decodeValue(target, value, body, strict, later);
  reportStrict(target, strict, validation, ctx);
  return object;
}

function decodeProtobuf(target: Target, body: Buffer): KubeObject {
  if (isEmptyEnvelope(body)) throw unrecognized(target, 'empty body', body);
  if (body.length === 0) throw unrecognized(target, 'empty data', body);
  if (target.definition.custom && target.whole) {
    throw unrecognized(target, 'custom resources have no protobuf form', body);
  }
  const envelope = orRefuse(
    () => unwrapMessage(body),
    (text) => unrecognized(target, text, body),
  );
  const { apiVersion, kind } = envelope;
  if (isOtherVersion(target, { apiVersion, kind })) throw versionMismatch(apiVersion, target.apiVersion);
  checkType(target, { apiVersion, kind }, body);
  return orRefuse(
    () => decodeEnvelope({ schema: schemaOf(target), codec: target.codec }, envelope),
    (text) => cannotBeHandled(target, target.kind.kind, target.kind.version, text),
  );
}

function orRefuse<T>(decode: () => T, refusal: (text: string) => Error): T {
  try {
    return decode();
  } catch (error) {
    throw error instanceof ProtobufError ? refusal(error.message) : error;
  }
}

/** Whether a body is of the endpoint's kind in another version that the scheme knows: decoded, and only then refused. */
function isOtherVersion(target: Target, { apiVersion, kind }: JsonObject): boolean {
  if (target.definition.custom && target.whole) return false;
  if (kind !== undefined && kind !== '' && kind !== target.kind.kind) return false;
  if (typeof apiVersion !== 'string' || apiVersion === '' || apiVersion === target.apiVersion) return false;
  return target.isKnownKind(apiVersion, target.kind.kind);
}

/** As far as the endpoint's own version can tell. */
function noteUnknownFields(target: Target, value: JsonObject, strict: string[]): void {
  try {
    target.codec.decode(value, strict);
  } catch (error) {
    if (!(error instanceof SyntaxFault)) throw error;
  }
}

type TextMediaType = Exclude<MediaType, 'protobuf'>;

const PARSERS: Readonly<Record<TextMediaType, (body: Buffer, strict: string[]) => JsonValue>> = {
  json: decodeJsonText,
  yaml: parseYamlDocument,
  cbor: decodeCbor,
};

/** How refusals of bodies start. */
const LEADS: Readonly<Record<TextMediaType, string>> = {
  json: "couldn't get version/kind; json parse error: ",
  yaml: '',
  cbor: 'unable to determine group/version/kind: ',
};

/** Text to value; duplicates go to `strict`. */
function parseBody(target: Target, body: Buffer, mediaType: TextMediaType, strict: string[]): JsonObject {
  let value: JsonValue;
  try {
    value = PARSERS[mediaType](body, strict);
  } catch (error) {
    if (!(error instanceof SyntaxFault)) throw error;
    // A number too large for any type is no fault of syntax: custom resources tell it of the object.
    if (error instanceof NumberFault && target.definition.custom && target.whole) {
      throw cannotBeHandled(target, target.kind.kind, target.kind.version, error.message);
    }
    const lead = LEADS[mediaType];
    throw unrecognized(target, `${lead}${error.message}`, body);
  }
  if (value === null && mediaType !== 'cbor') return {};
  if (!isJsonObject(value)) throw unrecognized(target, wrongTypeText(value, mediaType), body);
  const fault = typeMetaFault(value);
  if (fault !== undefined) throw unrecognized(target, fault, body);
  return value;
}

/** What is said of a body that holds no object. */
export function wrongTypeText(value: JsonValue, mediaType: MediaType): string {
  const type = value === null ? 'null' : goValueName(value);
  return mediaType === 'cbor'
    ? `${LEADS.cbor}cbor: cannot unmarshal ${type} into Go value of type v1.TypeMeta`
    : `${LEADS.json}json: cannot unmarshal ${type} into Go value of type struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }`;
}

/** How refusals of a body that cannot be parsed start. */
export function leadOf(mediaType: MediaType): string {
  return mediaType === 'protobuf' ? '' : LEADS[mediaType];
}

function unrecognized(target: Target, detail: string, body: Buffer) {
  if (isCustomScale(target)) return untypedScale();
  return badRequest(
    `the object provided is unrecognized (must be of type ${target.kind.kind}): ${detail} (${summarize(body)})`,
  );
}

function summarize(body: Buffer): string {
  if (body.length === 0) return '<empty>';
  const more = body.length > SUMMARY_BYTES_MAX ? ' ...' : '';
  const head = body.subarray(0, SUMMARY_BYTES_MAX);
  return (body[0] === 0x7b ? head.toString() : head.toString('hex')) + more;
}

/** A parsed value as an object of the kind: type checks, unknown fields to `strict`. @throws StatusError 400, 422 */
function decodeValue(
  target: Target,
  value: JsonObject,
  source: Buffer | undefined,
  strict: string[],
  later?: LaterRefusal,
): KubeObject {
  checkType(target, value, source, later);
  try {
    return target.codec.decode(value, strict);
  } catch (error) {
    if (!(error instanceof SyntaxFault)) throw error;
    throw cannotBeHandled(target, target.kind.kind, target.kind.version, error.message);
  }
}

/** Upstream cannot say what was wrong with the scale of a custom resource, for it does not find that type itself. */
function isCustomScale({ definition, whole, kind }: Target): boolean {
  return definition.custom && !whole && kind.group === 'autoscaling';
}

function untypedScale(): StatusError {
  return badRequest('no kind is registered for the type v1.Scale in scheme "pkg/runtime/scheme.go:111"');
}

function cannotBeHandled(target: Target, kind: string, version: string, detail: string) {
  if (isCustomScale(target)) return untypedScale();
  return badRequest(
    `${kind} in version ${JSON.stringify(version)} cannot be handled as a ${target.kind.kind}: ${detail}`,
  );
}

/** A body of another type is refused; one without type takes the endpoint's (built-in kinds only). */
function checkType(target: Target, value: JsonObject, source: Buffer | undefined, later?: LaterRefusal): void {
  const expected = target.apiVersion;
  const { apiVersion, kind } = value;
  if (apiVersion === expected && kind === target.kind.kind) return;
  if (target.definition.custom && target.whole) checkCustomType(target, value, source, later);
  else checkBuiltinType(target, value);
}

/** What the decoder of custom resources, which knows no types, says before it looks at which they are. */
function checkCustomVersion(target: Target, value: JsonObject, body: Buffer, validation: FieldValidation): void {
  if ((value.kind ?? '') === '') {
    const detail = `Object 'Kind' is missing in '${body}'`;
    if (validation !== 'Ignore') throw unrecognized(target, detail, body);
    throw cannotBeHandled(target, target.kind.kind, target.kind.version, detail);
  }
}

function checkCustomType(target: Target, value: JsonObject, source: Buffer | undefined, later?: LaterRefusal): void {
  const { kind, metadata } = value;
  const apiVersion = value.apiVersion ?? '';
  if (kind === undefined || kind === '') {
    const text = source === undefined ? '' : source.toString();
    throw unrecognized(target, `Object 'Kind' is missing in '${text}'`, source ?? Buffer.alloc(0));
  }
  if (apiVersion !== target.apiVersion) throw versionMismatch(String(apiVersion), target.apiVersion);
  const name = isJsonObject(metadata) && typeof metadata.name === 'string' ? metadata.name : '';
  const cause = fieldInvalid('kind', kind, `must be ${target.kind.kind}`);
  const refusal = invalid({ group: target.kind.group, kind: String(kind) }, name, [cause]);
  if (later === undefined) throw refusal;
  later.refusal = refusal;
}

function checkBuiltinType(target: Target, value: JsonObject): void {
  const fault = builtinTypeFault(target, value);
  if (fault !== undefined) throw cannotBeHandled(target, fault.kind, fault.version, fault.text);
}

/** Why the decoder of built-in kinds does not take a document for one of the endpoint's kind; undefined where it does. */
export function builtinTypeFault(
  target: Pick<Target, 'kind' | 'apiVersion' | 'isKnownKind'>,
  value: JsonObject,
): { readonly kind: string; readonly version: string; readonly text: string } | undefined {
  const given = typeMetaOf(value);
  const apiVersion = given.apiVersion === '' ? target.apiVersion : given.apiVersion;
  const kind = given.kind === '' ? target.kind.kind : given.kind;
  if (apiVersion === target.apiVersion && kind === target.kind.kind) return undefined;
  const version = apiVersion.split('/').at(-1)!;
  if (!target.isKnownKind(apiVersion, kind)) return { kind, version, text: unregisteredText(kind, apiVersion) };
  const own = goPackageOf(target.kind.group);
  const text = `converting (${version}.${kind}) to (${own}.${target.kind.kind}): unknown conversion`;
  return { kind, version, text };
}

/** apiVersion and kind, '' where there is none: they are found whatever the case of the fields' names. */
export function typeMetaOf(value: JsonObject): { readonly apiVersion: string; readonly kind: string } {
  const { apiVersion, kind } = value;
  if (typeof apiVersion === 'string' && typeof kind === 'string') return { apiVersion, kind };
  return { apiVersion: foldedField(value, 'apiVersion'), kind: foldedField(value, 'kind') };
}

function foldedField(value: JsonObject, field: 'apiVersion' | 'kind'): string {
  const folded = field.toLowerCase();
  const name = Object.hasOwn(value, field) ? field : Object.keys(value).find((key) => key.toLowerCase() === folded);
  const given = name === undefined ? undefined : value[name];
  return typeof given === 'string' ? given : '';
}

/** What the decoder says of a type that it does not know. */
export function unregisteredText(kind: string, apiVersion: string): string {
  return `no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(apiVersion)} in scheme "pkg/runtime/scheme.go:111"`;
}

/** Why apiVersion and kind of a document cannot be read at all; undefined where they can, or are not there. */
export function typeMetaFault(value: JsonObject): string | undefined {
  const { apiVersion, kind } = value;
  if (typeof apiVersion !== 'string' || typeof kind !== 'string') {
    for (const [field, given] of Object.entries(value)) {
      if ((field !== 'apiVersion' && field !== 'kind') || given === null || given === undefined) continue;
      if (typeof given === 'string') continue;
      return `${LEADS.json}json: cannot unmarshal ${goValueName(given)} into Go struct field .${field} of type string`;
    }
  }
  if (typeof apiVersion !== 'string' || apiVersion.indexOf('/') === apiVersion.lastIndexOf('/')) return undefined;
  return `unexpected GroupVersion string: ${apiVersion}`;
}

function versionMismatch(found: string, expected: string) {
  return badRequest(`the API version in the data (${found}) does not match the expected API version (${expected})`);
}

/** fieldValidation: Strict refuses, Warn warns, Ignore says nothing. @throws StatusError 400 */
function reportStrict(target: Target, strict: readonly string[], validation: FieldValidation, ctx: RestContext): void {
  if (strict.length === 0 || validation === 'Ignore') return;
  if (validation === 'Warn') {
    warnStrict(strict, ctx);
    return;
  }
  throw cannotBeHandled(target, target.kind.kind, target.kind.version, `strict decoding error: ${strict.join(', ')}`);
}

/** What of a YAML document is told under one head becomes a warning each. */
export function warnStrict(strict: readonly string[], ctx: RestContext): void {
  for (const text of strict) {
    const lines = text.startsWith(YAML_HEAD) ? text.slice(YAML_HEAD.length).split('\n') : [text];
    for (const line of lines) ctx.warn(line.trim());
  }
}

/** Namespace and name in a body have to agree with the URL; what is absent is filled in. @throws StatusError 400 */
export function matchUrl(scope: RequestScope, object: KubeObject, requireName: boolean): void {
  const { info } = scope.request;
  const { metadata } = object;
  if (!scope.definition.namespaced) delete metadata.namespace;
  else if (metadata.namespace === undefined || metadata.namespace === '') metadata.namespace = info.namespace;
  else if (metadata.namespace !== info.namespace) {
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
  }
  if (!requireName) return;
  if (!metadata.name) {
    throw badRequest(`the name of the object (${info.name} based on URL) was undeterminable: name must be provided`);
  }
  if (metadata.name !== info.name) {
    throw badRequest(`the name of the object (${metadata.name}) does not match the name on the URL (${info.name})`);
  }
}
