import { declare, type Library, overload } from '../environment.js';
import { STRING } from '../type.js';

/**
 * Keys within paths of JSON patches (RFC 6901).
 * @see https://kubernetes.io/docs/reference/using-api/cel/#kubernetes-jsonpatch-library
 */
export const JSON_PATCH_LIBRARY: Library = {
  functions: [
    declare(
      'jsonpatch.escapeKey',
      overload('jsonpatch_escape_key_string', [STRING], STRING, (key) =>
        (key as string).replaceAll('~', '~0').replaceAll('/', '~1'),
      ),
    ),
  ],
};
