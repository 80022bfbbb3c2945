import { posix } from 'node:path';
import { badRequest } from '../../apimachinery/errors/status-error.js';
import { isJsonObject, type JsonValue } from '../../apimachinery/meta/json.js';
import { decodeJsonText, SyntaxFault } from '../../apimachinery/runtime/strict-json.js';
import { goValueName } from '../../apimachinery/schema/codec.js';

const TOKEN_VERSION = 'meta.k8s.io/v1';

/** Where a page ended. `revision` -1: the rest may come from the newest state (an inconsistent list). */
export interface ContinuePoint {
  readonly revision: number;
  /** Storage key after which the next page starts. */
  readonly after: string;
}

/** The opaque `continue` text: base64url of a small JSON document, as kube-apiserver makes it. */
export function encodeContinue({ revision, after }: ContinuePoint): string {
  return Buffer.from(JSON.stringify({ v: TOKEN_VERSION, rv: revision, start: `${after}\u0000` })).toString('base64url');
}

/** @throws StatusError 400 for a token that is not the server's own */
export function decodeContinue(token: string): ContinuePoint {
  const { v, rv, start } = parseToken(token);
  if (v !== TOKEN_VERSION) throw refuse(`server does not recognize this encoded version ${v}`);
  if (rv === 0) throw refuse(`incorrect encoded start resourceVersion (version ${TOKEN_VERSION})`);
  if (start === '') throw refuse(`encoded start key empty (version ${TOKEN_VERSION})`);
  const key = start.startsWith('/') ? start : `/${start}`;
  if (posix.normalize(key) !== key || key.endsWith('/')) throw refuse(start);
  return { revision: rv, after: key.slice(1).replace(/\0$/, '') };
}

interface Token {
  readonly v: string;
  readonly rv: number;
  readonly start: string;
}

const EMPTY: Token = { v: '', rv: 0, start: '' };
const GO_TYPES = { v: 'string', rv: 'int64', start: 'string' } as const;

function parseToken(token: string): Token {
  const at = token.search(/[^A-Za-z0-9_-]/);
  if (at >= 0) throw refuse(`illegal base64 data at input byte ${at}`);
  let value: JsonValue;
  try {
    value = decodeJsonText(Buffer.from(token, 'base64url'), []);
  } catch (error) {
    throw error instanceof SyntaxFault ? refuse(error.message) : error;
  }
  if (value === null) return EMPTY;
  if (!isJsonObject(value)) {
    throw refuse(`json: cannot unmarshal ${goValueName(value)} into Go value of type storage.continueToken`);
  }
  for (const [name, given] of Object.entries(value)) checkField(name, given);
  const { v, rv, start } = value;
  return { v: String(v ?? ''), rv: Number(rv ?? 0), start: String(start ?? '') };
}

function checkField(name: string, value: JsonValue | undefined): void {
  if (!Object.hasOwn(GO_TYPES, name) || value === null || value === undefined) return;
  const type = GO_TYPES[name as keyof Token];
  const given = goValueName(value);
  const fits = type === 'string' ? given === 'string' : given === 'number' && Number.isInteger(Number(value));
  if (fits) return;
  const shown = type === 'int64' && given === 'number' ? `number ${value}` : given;
  throw refuse(`json: cannot unmarshal ${shown} into Go struct field continueToken.${name} of type ${type}`);
}

function refuse(detail: string) {
  return badRequest(`invalid continue token: continue key is not valid: ${detail}`);
}
