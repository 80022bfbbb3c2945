/** `{"kind":"Pod","apiVersion":"v1",`: what goes before the stored text of an object. One buffer a type, kept. */
const prefixes = new Map<string, Buffer>();
/** Types whose prefix is kept; CRDs come and go, so the memory starts afresh beyond this. */
const PREFIXES_MAX = 10_000;

export function typePrefix(kind: string, apiVersion: string): Buffer {
  const key = `${apiVersion} ${kind}`;
  let prefix = prefixes.get(key);
  if (prefix === undefined) {
    if (prefixes.size >= PREFIXES_MAX) prefixes.clear();
    prefix = Buffer.from(`{"kind":${JSON.stringify(kind)},"apiVersion":${JSON.stringify(apiVersion)},`);
    prefixes.set(key, prefix);
  }
  return prefix;
}

const NEWLINE = 0x0a;

/** The text of an object with its type before it and, for a whole answer, a newline after it. One allocation, one copy. */
export function withType(kind: string, apiVersion: string, bare: Buffer, newline: boolean): Buffer {
  const prefix = typePrefix(kind, apiVersion);
  const out = Buffer.allocUnsafe(prefix.length + bare.length - 1 + (newline ? 1 : 0));
  prefix.copy(out, 0);
  bare.copy(out, prefix.length, 1);
  // An object without any field leaves the prefix's comma in front of the closing brace.
  if (bare.length === 2) out[prefix.length - 1] = 0x20;
  if (newline) out[out.length - 1] = NEWLINE;
  return out;
}

/** The Go package that names upstream's types of a group in its texts. Events of both groups are one type. */
export function goPackageOf(group: string): string {
  return group === '' || group === 'events.k8s.io' ? 'core' : group.split('.')[0]!;
}
