/**
 * Names of container images as far as the default pull policy looks at them.
 * @see https://pkg.go.dev/github.com/distribution/reference (grammar)
 */

const COMPONENT = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*';
const HOST_LABEL = '(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])';
const DOMAIN = `(?:${HOST_LABEL}(?:\\.${HOST_LABEL})*|\\[[a-fA-F0-9:]+\\])(?::[0-9]+)?`;
const PATH = `${COMPONENT}(?:/${COMPONENT})*`;
const TAG = '[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}';
const DIGEST = '[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}';
const REFERENCE = new RegExp(`^((?:${DOMAIN}/)?${PATH})(?::(${TAG}))?(?:@(${DIGEST}))?$`);
const NAME_LENGTH_MAX = 255;
/** A bare digest is no name. */
const IDENTIFIER = /^[a-f0-9]{64}$/;
const SHA256 = /^sha256:[a-f0-9]{64}$/;

/** Images that may move, tagged `latest` or not tagged at all, are pulled every time. A name that is none is left to the node. */
export function defaultPullPolicy(image: string): 'Always' | 'IfNotPresent' {
  const match = IDENTIFIER.test(image) ? null : REFERENCE.exec(image);
  if (match === null) return 'IfNotPresent';
  const [, name = '', tag, digest] = match;
  if (name.length > NAME_LENGTH_MAX) return 'IfNotPresent';
  if (digest?.startsWith('sha256:') && !SHA256.test(digest)) return 'IfNotPresent';
  return tag === 'latest' || (tag === undefined && digest === undefined) ? 'Always' : 'IfNotPresent';
}
