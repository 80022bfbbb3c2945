import { UsageError } from './option-values.js';
import type { ServerOptions } from './server-options.js';

/** Gates of kube-apiserver that switch something here. */
const CBOR = 'CBORServingAndStorage';
const UNSAFE_DELETION = 'AllowUnsafeMalformedObjectDeletion';
const KNOWN: ReadonlySet<string> = new Set([CBOR, UNSAFE_DELETION]);

/** What Go's ParseBool takes. */
const WORDS: ReadonlyMap<string, boolean> = new Map([
  ...['1', 't', 'T', 'true', 'TRUE', 'True'].map((word) => [word, true] as const),
  ...['0', 'f', 'F', 'false', 'FALSE', 'False'].map((word) => [word, false] as const),
]);

/** `Name=true` pairs by name; the last of a name counts. @throws UsageError for what is no such pair */
function parseGates(pairs: readonly string[]): Map<string, boolean> {
  return new Map(
    pairs.map((pair) => {
      const at = pair.indexOf('=');
      if (at < 0) throw new UsageError(`--feature-gates: missing bool value for ${pair}`);
      const [name, text] = [pair.slice(0, at).trim(), pair.slice(at + 1).trim()];
      const value = WORDS.get(text);
      if (value === undefined)
        throw new UsageError(`--feature-gates: invalid value of ${name}=${text}, use true or false`);
      return [name, value];
    }),
  );
}

/** Gates that were given and switch nothing here. @throws UsageError */
export function idleGates(pairs: readonly string[]): string[] {
  return [...parseGates(pairs).keys()].filter((name) => !KNOWN.has(name));
}

/** @see https://github.com/kubernetes/enhancements/tree/master/keps/sig-api-machinery/4222-cbor-serializer */
export const servesCbor = ({ featureGates }: Pick<ServerOptions, 'featureGates'>): boolean =>
  parseGates(featureGates).get(CBOR) ?? false;

/** @see https://github.com/kubernetes/enhancements/tree/master/keps/sig-auth/3926-handling-undecryptable-resources */
export const allowsUnsafeDeletion = ({ featureGates }: Pick<ServerOptions, 'featureGates'>): boolean =>
  parseGates(featureGates).get(UNSAFE_DELETION) ?? true;
