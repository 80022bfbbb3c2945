import type { ApiRequest } from '../api-request.js';

/** A header that has one value; of a repeated one the first counts. */
export function headerOf(request: Pick<ApiRequest, 'headers'>, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value[0] : value;
}
