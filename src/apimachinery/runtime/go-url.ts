import { goQuote } from '../validation/field-error.js';
import { ipFamily } from '../validation/ip.js';

/** A URL or a path in its parts, as Go takes them apart. */
export interface UrlParts {
  readonly text: string;
  /** In small letters; empty for a path alone. */
  readonly scheme: string;
  /** With the port, without escapes. */
  readonly host: string;
  /** As written; undefined where there is none. */
  readonly user: string | undefined;
  /** As written. */
  readonly path: string;
  readonly query: string;
}

/** Why a text is no URL, in Go's words. */
export class UrlFault extends Error {}

const SCHEME = /^([a-zA-Z][a-zA-Z0-9+.-]*):/;
/** Of ASCII. */
const CONTROL = /(?![\u0080-\u009f])\p{Cc}/u;
const PORT = /^(?::[0-9]*)?$/;
/** Escapes that are none: what stands there, up to three characters. */
const BAD_ESCAPE = /%(?![0-9a-fA-F]{2}).{0,2}/s;
/** In a host only bytes beyond ASCII may be escaped, and the percent sign itself. */
const BAD_HOST_ESCAPE = /%(?![0-9a-fA-F]{2}).{0,2}|%(?!25)[0-7][0-9a-fA-F]/s;
const BAD_HOST_CHARACTER = /[ #/?@\\^`{|}]/;
const USER_INFO = /^[-A-Za-z0-9._:~!$&'()*+,;=%@]*$/;
const ESCAPES = /(?:%[0-9a-fA-F]{2})+/g;
const ZONE_MARK = '%25';

/**
 * There is no fragment: a `#` belongs to what it stands in.
 * @throws UrlFault
 * @see https://pkg.go.dev/net/url#ParseRequestURI
 */
export function parseRequestUri(text: string): UrlParts {
  return naming(text, () => {
    if (CONTROL.test(text)) throw new UrlFault('net/url: invalid control character in URL');
    if (text === '') throw new UrlFault('empty url');
    return split(text, true);
  });
}

/**
 * A URL that may be relative, with its fragment without escapes.
 * @throws UrlFault
 * @see https://pkg.go.dev/net/url#Parse
 */
export function parseUrl(text: string): UrlParts & { readonly fragment: string } {
  const hash = text.indexOf('#');
  const before = hash < 0 ? text : text.slice(0, hash);
  const fragment = hash < 0 ? '' : text.slice(hash + 1);
  const parts = naming(before, () => {
    if (CONTROL.test(before)) throw new UrlFault('net/url: invalid control character in URL');
    return split(before, false);
  });
  naming(text, () => checkEscapes(fragment, BAD_ESCAPE));
  return { ...parts, fragment: decodeEscapes(fragment) };
}

/** Faults tell what was read. */
function naming<T>(text: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof UrlFault) throw new UrlFault(`parse ${goQuote(text)}: ${error.message}`);
    throw error;
  }
}

function split(text: string, request: boolean): UrlParts {
  if (text === '*') return { text, scheme: '', host: '', user: undefined, path: '*', query: '' };
  if (text.startsWith(':')) throw new UrlFault('missing protocol scheme');
  const written = SCHEME.exec(text)?.[1] ?? '';
  const scheme = written.toLowerCase();
  const afterScheme = written === '' ? text : text.slice(written.length + 1);
  const mark = afterScheme.indexOf('?');
  const query = mark < 0 ? '' : afterScheme.slice(mark + 1);
  const rest = mark < 0 ? afterScheme : afterScheme.slice(0, mark);
  if (!rest.startsWith('/')) {
    if (scheme !== '') return { text, scheme, host: '', user: undefined, path: '', query };
    if (request) throw new UrlFault('invalid URI for request');
    if (rest.split('/', 1)[0]!.includes(':')) throw new UrlFault('first path segment in URL cannot contain colon');
    checkEscapes(rest, BAD_ESCAPE);
    return { text, scheme, host: '', user: undefined, path: rest, query };
  }
  const hasAuthority = rest.startsWith('//') && (scheme !== '' || !(request || rest.startsWith('///')));
  const slash = hasAuthority ? rest.indexOf('/', 2) : 0;
  const authority = hasAuthority ? rest.slice(2, slash < 0 ? undefined : slash) : '';
  const path = slash < 0 ? '' : rest.slice(slash);
  const at = authority.lastIndexOf('@');
  const host = hasAuthority ? parseHost(scheme, authority.slice(at + 1)) : '';
  const user = at < 0 ? undefined : authority.slice(0, at);
  checkUser(user);
  checkEscapes(path, BAD_ESCAPE);
  return { text, scheme, host, user, path, query };
}

function checkUser(user: string | undefined): void {
  if (user === undefined) return;
  if (!USER_INFO.test(user)) throw new UrlFault('net/url: invalid userinfo');
  checkEscapes(user, BAD_ESCAPE);
}

function parseHost(scheme: string, host: string): string {
  const open = host.lastIndexOf('[');
  if (open > 0) throw new UrlFault('invalid IP-literal');
  if (open === 0) return parseLiteral(host);
  const first = host.indexOf(':');
  if (first >= 0) {
    const strict = scheme === 'http' || scheme === 'https';
    checkPort(host.slice(strict ? first : host.lastIndexOf(':')));
  }
  return unescapeHost(host);
}

/** `[address]` or `[address%25zone]`, with or without a port. */
function parseLiteral(host: string): string {
  const close = host.lastIndexOf(']');
  if (close < 0) throw new UrlFault("missing ']' in host");
  const port = host.slice(close + 1);
  checkPort(port);
  const name = host.slice(1, close);
  const mark = name.indexOf(ZONE_MARK);
  const address = unescapeHost(mark < 0 ? name : name.slice(0, mark));
  const zone = mark < 0 ? '' : decodeEscapes(name.slice(mark));
  const family = ipFamily(address);
  if (family === undefined)
    throw new UrlFault(`invalid host: ParseAddr(${goQuote(address + zone)}): ${faultOf(address)}`);
  if (family === 'IPv4') throw new UrlFault('invalid IP-literal');
  return `[${address}${zone}]${port}`;
}

function faultOf(address: string): string {
  return /[.:]/.test(address) ? 'unexpected character' : 'unable to parse IP';
}

function checkPort(port: string): void {
  if (!PORT.test(port)) throw new UrlFault(`invalid port ${goQuote(port)} after host`);
}

function unescapeHost(host: string): string {
  const bad = firstOf(BAD_HOST_ESCAPE.exec(host), BAD_HOST_CHARACTER.exec(host));
  if (bad === undefined) return decodeEscapes(host);
  const what = bad.startsWith('%') ? 'invalid URL escape ' : 'invalid character ';
  throw new UrlFault(`${what}${goQuote(bad)}${bad.startsWith('%') ? '' : ' in host name'}`);
}

function firstOf(a: RegExpExecArray | null, b: RegExpExecArray | null): string | undefined {
  if (a === null || b === null) return (a ?? b)?.[0];
  return a.index < b.index ? a[0] : b[0];
}

function checkEscapes(text: string, bad: RegExp): void {
  const found = bad.exec(text);
  if (found !== null) throw new UrlFault(`invalid URL escape ${goQuote(found[0])}`);
}

/** Undefined where an escape is none. */
export function unescapeQuery(text: string): string | undefined {
  return BAD_ESCAPE.test(text) ? undefined : decodeEscapes(text.replaceAll('+', ' '));
}

function decodeEscapes(text: string): string {
  return text.replace(ESCAPES, (escapes) => Buffer.from(escapes.replaceAll('%', ''), 'hex').toString());
}

/** Characters that may stand in a path as they are. */
const ENCODED_PATH = /^(?:[-A-Za-z0-9_.~$&+,/:;=@!'()*[\]]|%[0-9a-fA-F]{2})*$/;
const TO_ESCAPE = /[^-A-Za-z0-9_.~$&+,/:;=@]/gu;

/** The path as written where that is a good encoding of it, else encoded anew. */
export function escapedPath({ path }: UrlParts): string {
  if (ENCODED_PATH.test(path) || path === '*') return path;
  return decodeEscapes(path).replace(TO_ESCAPE, (character) =>
    Buffer.from(character)
      .toString('hex')
      .toUpperCase()
      .replace(/../g, (byte) => `%${byte}`),
  );
}
