import type { Readable } from 'node:stream';
import { isJsonObject, type JsonObject } from '../../apimachinery/meta/json.js';
import { AGGREGATOR_USER } from './availability-check.js';
import { type Backend, discard } from './backends/backend.js';
import { identityHeaders } from './identity-headers.js';

/** Named limit: bytes of a backend's discovery or OpenAPI document. */
export const DOCUMENT_BYTES_MAX = 16 * 1024 * 1024;
/** Named limit: how deep such a document may be nested; what is done with it follows it all the way down. */
export const DOCUMENT_DEPTH_MAX = 500;
const FETCH_TIMEOUT_MS = 5_000;

/** A document as a backend sent it; `etag` is '' where it gave none. */
export interface BackendDocument {
  readonly body: Buffer;
  readonly etag: string;
}

/**
 * Fetches a document as the aggregator itself.
 * @param etag of the version that is known; '' for none
 * @returns 'unchanged' where that version still stands, undefined where the backend has no such document
 * @throws Error, BackendError
 */
export async function fetchDocument(
  backend: Backend,
  path: string,
  accept: string,
  etag = '',
): Promise<BackendDocument | 'unchanged' | undefined> {
  const signal = AbortSignal.timeout(FETCH_TIMEOUT_MS);
  const headers = { ...identityHeaders(AGGREGATOR_USER), accept, ...(etag !== '' && { 'if-none-match': etag }) };
  const request = { method: 'GET', url: path, headers, body: undefined, headersTimeoutMs: FETCH_TIMEOUT_MS, signal };
  const answer = await backend.send(request);
  if (answer.status !== 200) {
    discard(answer.body);
    return answer.status === 304 ? 'unchanged' : undefined;
  }
  const found = answer.headers['etag'];
  return { body: await readAll(answer.body), etag: typeof found === 'string' ? found : '' };
}

/** A JSON document, or undefined where the backend does not have it. @throws Error, BackendError */
export async function fetchJson(backend: Backend, path: string, accept: string): Promise<JsonObject | undefined> {
  const document = await fetchDocument(backend, path, accept);
  return document === undefined || document === 'unchanged' ? undefined : parseObject(document.body);
}

/** Undefined where the text is JSON, but no object. @throws SyntaxError, Error beyond the limit of depth */
export function parseObject(body: Buffer): JsonObject | undefined {
  if (depthOf(body) > DOCUMENT_DEPTH_MAX) throw new Error(`a document nested deeper than ${DOCUMENT_DEPTH_MAX}`);
  const value: unknown = JSON.parse(body.toString());
  return isJsonObject(value) ? value : undefined;
}

async function readAll(body: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > DOCUMENT_BYTES_MAX) throw new Error(`a document of more than ${DOCUMENT_BYTES_MAX} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
/** `[` and `{`, `]` and `}` differ in this bit only. */
const BRACE_BIT = 0x20;
const OPEN = 0x7b;
const CLOSE = 0x7d;

/** How deep the brackets of a JSON text go. */
function depthOf(text: Buffer): number {
  let depth = 0;
  let deepest = 0;
  let quoted = false;
  for (let at = 0; at < text.length; at++) {
    const byte = text[at]!;
    if (quoted) {
      if (byte === BACKSLASH) at++;
      else if (byte === QUOTE) quoted = false;
    } else if (byte === QUOTE) quoted = true;
    else if ((byte | BRACE_BIT) === OPEN) deepest = Math.max(deepest, ++depth);
    else if ((byte | BRACE_BIT) === CLOSE) depth--;
  }
  return deepest;
}
