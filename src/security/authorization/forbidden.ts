import { forbidden, StatusError } from '../../apimachinery/errors/status-error.js';
import { goQuote } from '../../apimachinery/validation/field-error.js';
import type { Attributes } from './authorizer.js';

/** What was refused, for people: `User "alice" cannot list resource "pods" in API group "" in the namespace "x"`. */
export function forbiddenMessage(attributes: Attributes): string {
  const { user, verb, resource, subresource, group, namespace, path, resourceRequest } = attributes;
  if (!resourceRequest) return escapeMarkup(`User ${goQuote(user.name)} cannot ${verb} path ${goQuote(path)}`);
  const what = subresource === '' ? resource : `${resource}/${subresource}`;
  const where = namespace === '' ? 'at the cluster scope' : `in the namespace ${goQuote(namespace)}`;
  return escapeMarkup(
    `User ${goQuote(user.name)} cannot ${verb} resource ${goQuote(what)} in API group ${goQuote(group)} ${where}`,
  );
}

/** What keeps a request from its handler: its answer forbids browsers to guess what it is. */
export class AccessRefused extends StatusError {
  constructor({ code, reason, message, details }: StatusError) {
    super(code, reason, message, details);
  }
}

/** The 403 for a refused question; the authorizers' reason follows the message where there is one. */
export function forbiddenError(attributes: Attributes, reason: string): StatusError {
  const message = forbiddenMessage(attributes);
  const { group, resource, name } = attributes;
  return new AccessRefused(forbidden({ group, resource }, name, reason === '' ? message : `${message}: ${reason}`));
}

/** The text repeats the request's path: a browser must not take it for markup. */
function escapeMarkup(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
