import { declare, type Implementation, type Library, member, overload } from '../environment.js';
import { BOOL, listOf, mapOf, opaque, STRING } from '../type.js';
import { ArrayList, EntryMap, Failure, Opaque } from '../value.js';

export const URL_TYPE = opaque('kubernetes.URL');

/** A URL in its parts, as Go's net/url takes them apart. */
export interface UrlParts {
  readonly text: string;
  readonly scheme: string;
  readonly host: string;
  /** As written. */
  readonly path: string;
  readonly query: string;
}

/** Why a text is no URL, in Go's words. */
export class UrlFault extends Error {}

const BAD_ESCAPE = /%(?![0-9a-fA-F]{2}).{0,2}/s;
const HOST = /^(?:\[[^\]]*\]|[^:[\]]*)(?::([0-9]*))?$/;
const BAD_HOST_CHARACTER = /[\s"<>\\^`{|}]/;

/**
 * An absolute URL or an absolute path.
 * @throws UrlFault
 */
export function parseUrl(text: string): UrlParts {
  const fail = (why: string): UrlFault => new UrlFault(`parse ${JSON.stringify(text)}: ${why}`);
  if (/\p{Cc}/u.test(text)) throw fail('net/url: invalid control character in URL');
  if (text === '') throw fail('empty url');
  const [beforeFragment = ''] = text.split('#', 1);
  const scheme = /^([a-zA-Z][a-zA-Z0-9+.-]*):/.exec(beforeFragment)?.[1] ?? '';
  if (beforeFragment.startsWith(':')) throw fail('missing protocol scheme');
  const afterScheme = scheme === '' ? beforeFragment : beforeFragment.slice(scheme.length + 1);
  const mark = afterScheme.indexOf('?');
  const query = mark < 0 ? '' : afterScheme.slice(mark + 1);
  const rest = mark < 0 ? afterScheme : afterScheme.slice(0, mark);
  if (!rest.startsWith('/')) {
    if (scheme === '') throw fail('invalid URI for request');
    return { text, scheme: scheme.toLowerCase(), host: '', path: '', query };
  }
  const hasAuthority = rest.startsWith('//') && (scheme !== '' || !rest.startsWith('///'));
  const slash = hasAuthority ? rest.indexOf('/', 2) : 0;
  const authority = hasAuthority ? rest.slice(2, slash < 0 ? undefined : slash) : '';
  const path = slash < 0 ? '' : rest.slice(slash);
  const host = authority.slice(authority.lastIndexOf('@') + 1);
  if (hasAuthority) checkHost(host, fail);
  const bad = BAD_ESCAPE.exec(path);
  if (bad !== null) throw fail(`invalid URL escape ${JSON.stringify(bad[0])}`);
  return { text, scheme: scheme.toLowerCase(), host, path, query };
}

function checkHost(host: string, fail: (why: string) => UrlFault): void {
  const bad = BAD_HOST_CHARACTER.exec(host);
  if (bad !== null) throw fail(`invalid character ${JSON.stringify(bad[0])} in host name`);
  if (host.startsWith('[') && !host.includes(']')) throw fail("missing ']' in host");
  if (!HOST.test(host)) throw fail(`invalid port ${JSON.stringify(host.slice(host.lastIndexOf(':')))} after host`);
}

class UrlValue extends Opaque {
  override readonly type = URL_TYPE;

  constructor(readonly parts: UrlParts) {
    super();
  }

  override equals(other: Opaque): boolean {
    return other instanceof UrlValue && this.parts.text === other.parts.text;
  }
}

const parse: Implementation = (text) => {
  try {
    return new UrlValue(parseUrl(text as string));
  } catch (error) {
    if (error instanceof UrlFault) throw new Failure(`URL parse error during conversion from string: ${error.message}`);
    throw error;
  }
};

const isUrl: Implementation = (text) => {
  try {
    parseUrl(text as string);
    return true;
  } catch (error) {
    if (error instanceof UrlFault) return false;
    throw error;
  }
};

const part =
  (take: (parts: UrlParts) => string): Implementation =>
  (url) =>
    take((url as UrlValue).parts);

function hostname({ host }: UrlParts): string {
  if (host.startsWith('[')) return host.slice(1, host.indexOf(']'));
  return host.split(':', 1)[0]!;
}

const port = ({ host }: UrlParts): string => HOST.exec(host)?.[1] ?? '';

const UNESCAPED = /[^A-Za-z0-9\-_.~$&+,/:;=@!'()*[\]%]/gu;

function escapedPath({ path }: UrlParts): string {
  return path.replace(UNESCAPED, (character) => encodeURIComponent(character));
}

const query: Implementation = (url) => {
  const values = new Map<string, string[]>();
  for (const pair of (url as UrlValue).parts.query.split('&')) {
    if (pair === '' || pair.includes(';')) continue;
    const at = pair.indexOf('=');
    const key = decode(at < 0 ? pair : pair.slice(0, at));
    const value = decode(at < 0 ? '' : pair.slice(at + 1));
    if (key === undefined || value === undefined) continue;
    const known = values.get(key);
    if (known === undefined) values.set(key, [value]);
    else known.push(value);
  }
  const map = new EntryMap();
  for (const [key, list] of values) map.add(key, new ArrayList(list));
  return map;
};

function decode(text: string): string | undefined {
  if (BAD_ESCAPE.test(text)) return undefined;
  const bytes = text
    .replaceAll('+', ' ')
    .replace(/(?:%[0-9a-fA-F]{2})+/g, (escapes) => Buffer.from(escapes.replaceAll('%', ''), 'hex').toString());
  return bytes;
}

/** @see https://kubernetes.io/docs/reference/using-api/cel/#kubernetes-url-library */
export const URLS: Library = {
  types: [URL_TYPE],
  functions: [
    declare('url', overload('string_to_url', [STRING], URL_TYPE, parse)),
    declare('isURL', overload('is_url_string', [STRING], BOOL, isUrl)),
    declare(
      'getScheme',
      member(
        'url_get_scheme',
        [URL_TYPE],
        STRING,
        part(({ scheme }) => scheme),
      ),
    ),
    declare(
      'getHost',
      member(
        'url_get_host',
        [URL_TYPE],
        STRING,
        part(({ host }) => host),
      ),
    ),
    declare('getHostname', member('url_get_hostname', [URL_TYPE], STRING, part(hostname))),
    declare('getPort', member('url_get_port', [URL_TYPE], STRING, part(port))),
    declare('getEscapedPath', member('url_get_escaped_path', [URL_TYPE], STRING, part(escapedPath))),
    declare('getQuery', member('url_get_query', [URL_TYPE], mapOf(STRING, listOf(STRING)), query)),
  ],
};
