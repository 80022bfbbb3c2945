import { STATUS_CODES } from 'node:http';
import type { Status, StatusError } from '../apimachinery/errors/status-error.js';
import { encodeCbor } from '../apimachinery/runtime/cbor.js';
import { encodeJson } from '../apimachinery/runtime/json.js';
import { formatYaml } from '../apimachinery/runtime/yaml.js';
import type { Answer } from '../endpoints/answer.js';
import { CONTENT_TYPES, negotiateStatus, type OutputMediaType, wantsPretty } from '../endpoints/negotiation.js';
import { AccessRefused } from '../security/authorization/forbidden.js';
import type { Exchange } from './exchange.js';
import { encodeStatusProtobuf } from './status-protobuf.js';

/** The answer that tells of an error, in the form that the request accepts. */
export function statusAnswer(exchange: Exchange, error: StatusError, cbor = false): Answer {
  const form = negotiateStatus(exchange.raw.headers.accept, cbor);
  return answer(error, CONTENT_TYPES[form.mediaType], encode(exchange, error.toStatus(), form));
}

function encode(exchange: Exchange, status: Status, form: OutputMediaType): Buffer {
  if (form.mediaType === 'yaml') return Buffer.from(formatYaml(status));
  if (form.mediaType === 'cbor') return encodeCbor(status);
  if (form.mediaType === 'protobuf') return encodeStatusProtobuf(status);
  const pretty = wantsPretty(form, exchange.query, exchange.raw.headers['user-agent']);
  return Buffer.from(pretty ? JSON.stringify(status, undefined, 2) : `${encodeJson(status)}\n`);
}

function answer(error: StatusError, contentType: string, body: Buffer): Answer {
  const retryAfter = error.details?.retryAfterSeconds ?? 0;
  const headers: Record<string, string> = {};
  if (retryAfter > 0) headers['Retry-After'] = String(retryAfter);
  if (error instanceof AccessRefused) headers['X-Content-Type-Options'] = 'nosniff';
  return { type: 'bytes', status: error.code in STATUS_CODES ? error.code : 500, contentType, headers, body };
}

/** What plain text says where no Status is due. */
export function textAnswer(status: number, text: string): Answer {
  return {
    type: 'bytes',
    status,
    contentType: 'text/plain; charset=utf-8',
    headers: { 'X-Content-Type-Options': 'nosniff' },
    body: Buffer.from(text),
  };
}

/** What is not there and never was an API. */
export const NOT_FOUND_ANSWER: Answer = textAnswer(404, '404 page not found\n');
