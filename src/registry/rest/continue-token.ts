import { badRequest } from '../../apimachinery/errors/status-error.js';

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
  const parsed = parseToken(token);
  if (parsed.v !== TOKEN_VERSION) throw refuse(`server does not recognize this encoded version ${String(parsed.v)}`);
  if (parsed.rv === 0 || typeof parsed.rv !== 'number') {
    throw refuse(`incorrect encoded start resourceVersion (version ${TOKEN_VERSION})`);
  }
  if (typeof parsed.start !== 'string' || parsed.start === '') {
    throw refuse(`encoded start key empty (version ${TOKEN_VERSION})`);
  }
  const after = parsed.start.replace(/\0$/, '');
  if (after.includes('..') || after.startsWith('/')) throw refuse(`incorrect encoded start key ${parsed.start}`);
  return { revision: parsed.rv, after };
}

function parseToken(token: string): { v?: unknown; rv?: unknown; start?: unknown } {
  const text = token.replace(/=+$/, '');
  if (/[^A-Za-z0-9_-]/.test(text)) {
    const at = text.search(/[^A-Za-z0-9_-]/);
    throw refuse(`illegal base64 data at input byte ${at}`);
  }
  // Latin-1 keeps one character a byte, which is how the parser upstream names the first bad one.
  const bytes = Buffer.from(text, 'base64url');
  try {
    const value: unknown = JSON.parse(bytes.toString('utf8'));
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  } catch {
    const first = bytes.toString('latin1').trimStart()[0];
    if (first === undefined) throw refuse('unexpected end of JSON input');
    if (!/[{["\-0-9tfn]/.test(first)) {
      throw refuse(`invalid character '${printable(first)}' looking for beginning of value`);
    }
    throw refuse('unexpected end of JSON input');
  }
  throw refuse('json: cannot unmarshal value into Go value');
}

/** A character as Go quotes it inside single quotes. */
function printable(char: string): string {
  const code = char.charCodeAt(0);
  if (code >= 0x20 && code < 0x7f) return char === "'" ? "\\'" : char;
  return code < 0x80
    ? `\\x${code.toString(16).padStart(2, '0')}`
    : code < 0xa1
      ? `\\u${code.toString(16).padStart(4, '0')}`
      : char;
}

function refuse(detail: string) {
  return badRequest(`invalid continue token: continue key is not valid: ${detail}`);
}
