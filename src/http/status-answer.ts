import { STATUS_CODES } from 'node:http';
import type { Status, StatusError } from '../apimachinery/errors/status-error.js';
import { encodeJson } from '../apimachinery/runtime/json.js';
import type { Answer } from '../endpoints/answer.js';
import { CONTENT_TYPES, type MediaType, negotiateStatus, wantsPretty } from '../endpoints/negotiation.js';
import type { Exchange } from './exchange.js';

/**
 * How a Status is written in the forms that JSON is not. The default knows YAML; whoever knows the protobuf of `meta.v1.Status`
 * provides a better one.
 */
export abstract class StatusEncoder {
  /** The bytes, or undefined where this form is not known: JSON is sent then. */
  abstract encode(
    status: Status,
    mediaType: Exclude<MediaType, 'json'>,
  ): Promise<Buffer | undefined> | Buffer | undefined;
}

export class YamlStatusEncoder extends StatusEncoder {
  override async encode(status: Status, mediaType: Exclude<MediaType, 'json'>): Promise<Buffer | undefined> {
    if (mediaType !== 'yaml') return undefined;
    const { stringify } = await import('yaml');
    return Buffer.from(stringify(status, { sortMapEntries: true, lineWidth: 0 }));
  }
}

/** The answer that tells of an error, in the form that the request accepts. */
export async function statusAnswer(exchange: Exchange, error: StatusError, encoder: StatusEncoder): Promise<Answer> {
  const status = error.toStatus();
  const form = negotiateStatus(exchange.raw.headers.accept);
  if (form.mediaType !== 'json') {
    const body = await encoder.encode(status, form.mediaType);
    if (body !== undefined) return answer(error, CONTENT_TYPES[form.mediaType], body);
  }
  const pretty = wantsPretty(form, exchange.query, exchange.raw.headers['user-agent']);
  const text = pretty ? JSON.stringify(status, undefined, 2) : encodeJson(status);
  return answer(error, CONTENT_TYPES.json, Buffer.from(`${text}\n`));
}

function answer(error: StatusError, contentType: string, body: Buffer): Answer {
  const retryAfter = error.details?.retryAfterSeconds ?? 0;
  const headers: Record<string, string> = {};
  if (retryAfter > 0) headers['Retry-After'] = String(retryAfter);
  if (error.code === 403) headers['X-Content-Type-Options'] = 'nosniff';
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
