import { BASE64 } from '../../runtime/base64.js';
import { parseRequestUri, UrlFault } from '../../runtime/go-url.js';
import {
  checkDns1035Label,
  checkDns1123Label,
  checkDns1123Subdomain,
  dns1035Label,
  dns1123Label,
  dns1123Subdomain,
} from '../../validation/names.js';
import { checkLabelValue, checkQualifiedName } from '../../validation/qualified-name.js';
import { declare, type Library, member, overload } from '../environment.js';
import { listOf, opaque, optionalOf, STRING } from '../type.js';
import { ArrayList, Opaque, Optional } from '../value.js';
import { readDate, readTimestamp } from './moments.js';

export const FORMAT = opaque('kubernetes.NamedFormat');

/** What costs go by for a format without a pattern of known size. */
export const FORMAT_PATTERN_SIZE = 128;

type Check = (text: string) => readonly string[];

class NamedFormat extends Opaque {
  override readonly type = FORMAT;
  override readonly size: number = FORMAT_PATTERN_SIZE;

  constructor(
    readonly name: string,
    readonly check: Check,
  ) {
    super();
  }

  override equals(other: Opaque): boolean {
    return other instanceof NamedFormat && this.name === other.name;
  }
}

const UUID = /^[0-9a-fA-F]{8}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{12}$/;
const unless =
  (fits: (text: string) => boolean, fault: string): Check =>
  (text) =>
    fits(text) ? [] : [fault];

const uri: Check = (text) => {
  try {
    parseRequestUri(text);
    return [];
  } catch (error) {
    if (error instanceof UrlFault) return [error.message];
    throw error;
  }
};

const CHECKS: readonly (readonly [string, Check])[] = [
  ['dns1123Label', checkDns1123Label],
  ['dns1123Subdomain', checkDns1123Subdomain],
  ['dns1035Label', checkDns1035Label],
  ['qualifiedName', checkQualifiedName],
  ['dns1123LabelPrefix', (text) => dns1123Label(text, true)],
  ['dns1123SubdomainPrefix', (text) => dns1123Subdomain(text, true)],
  ['dns1035LabelPrefix', (text) => dns1035Label(text, true)],
  ['labelValue', checkLabelValue],
  ['uri', uri],
  ['uuid', unless((text) => UUID.test(text), 'does not match the UUID format')],
  ['byte', unless((text) => BASE64.test(text), 'invalid base64')],
  ['date', unless((text) => readDate(text) !== undefined, 'invalid date')],
  ['datetime', unless((text) => readTimestamp(text) !== undefined, 'invalid datetime')],
];

const FORMATS: ReadonlyMap<string, NamedFormat> = new Map(
  CHECKS.map(([name, check]) => [name, new NamedFormat(name, check)]),
);

/** @see https://kubernetes.io/docs/reference/using-api/cel/#kubernetes-format-library */
export const NAMED_FORMATS: Library = {
  types: [FORMAT],
  functions: [
    declare(
      'format.named',
      overload('format-named', [STRING], optionalOf(FORMAT), (name) => {
        const format = FORMATS.get(name as string);
        return format === undefined ? Optional.none : new Optional(format);
      }),
    ),
    declare(
      'validate',
      member('format-validate', [FORMAT, STRING], optionalOf(listOf(STRING)), (format, text) => {
        const faults = (format as NamedFormat).check(text as string);
        return faults.length === 0 ? Optional.none : new Optional(new ArrayList([...faults]));
      }),
    ),
    ...[...FORMATS].map(([name, format]) =>
      declare(
        `format.${name}`,
        overload(`format-${name}`, [], FORMAT, () => format),
      ),
    ),
  ],
};
