import { X509Certificate } from 'node:crypto';
import { parseUrl, UrlFault } from '../../apimachinery/runtime/go-url.js';
import {
  type FieldError,
  type FieldPath,
  fieldInvalid,
  fieldRequired,
} from '../../apimachinery/validation/field-error.js';
import { checkDns1123Subdomain } from '../../apimachinery/validation/names.js';
import type { ServiceReference } from './crd.js';

/**
 * Checks of a webhook's address, shared by everything that calls out.
 * @see https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/#contacting-the-webhook
 */
const FORM = '; desired format: https://host[/path]';

export function validateWebhookUrl(at: FieldPath, text: string): FieldError[] {
  let url: ReturnType<typeof parseUrl>;
  try {
    url = parseUrl(text);
  } catch (error) {
    if (!(error instanceof UrlFault)) throw error;
    return [fieldRequired(at, `url must be a valid URL: ${error.message}${FORM}`)];
  }
  const { scheme, host, user, fragment, query } = url;
  const errors: FieldError[] = [];
  if (scheme !== 'https') errors.push(fieldInvalid(at, scheme, `'https' is the only allowed URL scheme${FORM}`));
  if (host === '') errors.push(fieldInvalid(at, host, `host must be specified${FORM}`));
  if (user !== undefined) errors.push(fieldInvalid(at, user, 'user information is not permitted in the URL'));
  if (fragment !== '') errors.push(fieldInvalid(at, fragment, 'fragments are not permitted in the URL'));
  if (query !== '') errors.push(fieldInvalid(at, query, 'query parameters are not permitted in the URL'));
  return errors;
}

/** Upstream hands the two names over in the wrong order, for every kind: each is missed where the other should be. */
export function validateWebhookService(at: FieldPath, service: ServiceReference): FieldError[] {
  const errors: FieldError[] = [];
  if (!service.namespace) errors.push(fieldRequired(at.child('name')));
  if (!service.name) errors.push(fieldRequired(at.child('namespace')));
  const port = service.port ?? 443;
  if (port < 1 || port > 65535) {
    errors.push(fieldInvalid(at.child('port'), port, 'port is not valid: must be between 1 and 65535, inclusive'));
  }
  return errors.concat(service.path === undefined ? [] : validateServicePath(at.child('path'), service.path));
}

function validateServicePath(at: FieldPath, path: string): FieldError[] {
  if (path === '' || path === '/') return [];
  if (path === '//') return [fieldInvalid(at, path, 'segment[0] may not be empty')];
  const errors: FieldError[] = [];
  if (!path.startsWith('/')) errors.push(fieldInvalid(at, path, "must start with a '/'"));
  const trimmed = path.slice(1).replace(/\/$/, '');
  trimmed.split('/').forEach((segment, i) => {
    if (segment === '') errors.push(fieldInvalid(at, path, `segment[${i}] may not be empty`));
    else
      for (const fault of checkDns1123Subdomain(segment))
        errors.push(fieldInvalid(at, path, `segment[${i}]: ${fault}`));
  });
  return errors;
}

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** @param bundle PEM in base64 */
export function validateCaBundle(at: FieldPath, bundle: string): FieldError[] {
  const blocks = Buffer.from(bundle, 'base64').toString('latin1').match(CERTIFICATE) ?? [];
  const lead = 'unable to load root certificates: ';
  if (blocks.length === 0) return [fieldInvalid(at, bundle, `${lead}unable to parse bytes as PEM block`)];
  try {
    for (const block of blocks) new X509Certificate(block);
    return [];
  } catch {
    return [fieldInvalid(at, bundle, `${lead}failed to parse certificate: x509: malformed certificate`)];
  }
}
