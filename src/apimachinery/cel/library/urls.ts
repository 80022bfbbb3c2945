import { escapedPath, parseRequestUri, UrlFault, type UrlParts, unescapeQuery } from '../../runtime/go-url.js';
import { declare, type Implementation, type Library, member, overload } from '../environment.js';
import { BOOL, listOf, mapOf, opaque, STRING } from '../type.js';
import { ArrayList, EntryMap, Failure, Opaque } from '../value.js';

export const URL_TYPE = opaque('kubernetes.URL');

const HOST = /^(?:\[[^\]]*\]|[^:[\]]*)(?::([0-9]*))?$/;

class UrlValue extends Opaque {
  override readonly type = URL_TYPE;

  constructor(readonly parts: UrlParts) {
    super();
  }

  override equals(other: Opaque): boolean {
    return other instanceof UrlValue && this.parts.text === other.parts.text;
  }
}

/** The whole has to be a request's URI, in which a `#` is like any other character; the parts are those before the fragment. */
const parse: Implementation = (text) => {
  try {
    const whole = parseRequestUri(text as string);
    const [beforeFragment = ''] = whole.text.split('#', 1);
    return new UrlValue(
      beforeFragment === whole.text ? whole : { ...parseRequestUri(beforeFragment), text: whole.text },
    );
  } catch (error) {
    if (error instanceof UrlFault) throw new Failure(`URL parse error during conversion from string: ${error.message}`);
    throw error;
  }
};

const isUrl: Implementation = (text) => {
  try {
    parseRequestUri(text as string);
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

const query: Implementation = (url) => {
  const values = new Map<string, string[]>();
  for (const pair of (url as UrlValue).parts.query.split('&')) {
    if (pair === '' || pair.includes(';')) continue;
    const at = pair.indexOf('=');
    const key = unescapeQuery(at < 0 ? pair : pair.slice(0, at));
    const value = unescapeQuery(at < 0 ? '' : pair.slice(at + 1));
    if (key === undefined || value === undefined) continue;
    const known = values.get(key);
    if (known === undefined) values.set(key, [value]);
    else known.push(value);
  }
  const map = new EntryMap();
  for (const [key, list] of values) map.add(key, new ArrayList(list));
  return map;
};

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
