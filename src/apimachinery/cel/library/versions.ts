import { declare, type Implementation, type Library, member, overload } from '../environment.js';
import { BOOL, INT, opaque, STRING } from '../type.js';
import { Failure, Opaque, type Value } from '../value.js';

export const SEMVER = opaque('kubernetes.Semver');
const NUMBER_MAX = 2n ** 64n - 1n;

/** A semantic version; build data has no part in the order. @see https://semver.org */
class Semver extends Opaque {
  override readonly type = SEMVER;

  constructor(
    readonly numbers: readonly [bigint, bigint, bigint],
    readonly prerelease: readonly string[],
    readonly build: string,
  ) {
    super();
  }

  override equals(other: Opaque): boolean {
    return other instanceof Semver && this.compare(other) === 0;
  }

  compare(other: Semver): -1 | 0 | 1 {
    for (const i of [0, 1, 2] as const) {
      if (this.numbers[i] !== other.numbers[i]) return this.numbers[i] < other.numbers[i] ? -1 : 1;
    }
    const [mine, theirs] = [this.prerelease, other.prerelease];
    if (mine.length === 0 || theirs.length === 0) {
      return mine.length === theirs.length ? 0 : mine.length === 0 ? 1 : -1;
    }
    for (let i = 0; i < Math.min(mine.length, theirs.length); i++) {
      const order = compareIdentifiers(mine[i]!, theirs[i]!);
      if (order !== 0) return order;
    }
    return mine.length === theirs.length ? 0 : mine.length < theirs.length ? -1 : 1;
  }
}

const NUMERIC = /^[0-9]+$/;

function compareIdentifiers(a: string, b: string): -1 | 0 | 1 {
  const [left, right] = [NUMERIC.test(a), NUMERIC.test(b)];
  if (left !== right) return left ? -1 : 1;
  if (left) return BigInt(a) === BigInt(b) ? 0 : BigInt(a) < BigInt(b) ? -1 : 1;
  return a === b ? 0 : a < b ? -1 : 1;
}

/** @throws Failure with the texts of the library that Kubernetes uses */
function parse(text: string): Semver {
  if (text === '') throw new Failure('Version string empty');
  const [main, rest] = cut(text, /[-+]/);
  const parts = main.split('.');
  if (parts.length !== 3) throw new Failure('No Major.Minor.Patch elements found');
  const names = ['major', 'minor', 'patch'];
  const numbers = parts.map((part, i) => {
    if (!NUMERIC.test(part))
      throw new Failure(`Invalid character(s) found in ${names[i]} number ${JSON.stringify(part)}`);
    if (part.length > 1 && part.startsWith('0')) {
      throw new Failure(
        `${i === 0 ? 'Major' : i === 1 ? 'Minor' : 'Patch'} number must not contain leading zeroes ${JSON.stringify(part)}`,
      );
    }
    if (BigInt(part) > NUMBER_MAX) throw new Failure(`value out of range: ${part}`);
    return BigInt(part);
  });
  const [before, build] = cut(rest, /\+/);
  const prerelease = before.startsWith('-') ? before.slice(1).split('.') : [];
  for (const identifier of [...prerelease, ...(build === '' ? [] : build.slice(1).split('.'))]) {
    if (identifier === '') throw new Failure('Prerelease is empty');
    if (!/^[0-9A-Za-z-]+$/.test(identifier))
      throw new Failure(`Invalid character(s) found in prerelease ${JSON.stringify(identifier)}`);
  }
  for (const identifier of prerelease) {
    if (NUMERIC.test(identifier) && identifier.length > 1 && identifier.startsWith('0')) {
      throw new Failure(`Numeric PreRelease version must not contain leading zeroes ${JSON.stringify(identifier)}`);
    }
  }
  return new Semver(numbers as [bigint, bigint, bigint], prerelease, build);
}

/** Text before a mark, and from it on. */
function cut(text: string, mark: RegExp): [string, string] {
  const at = text.search(mark);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at)];
}

/** Takes `v1.2` for `1.2.0`, and leading zeros for nothing. */
function normalize(text: string): string {
  const [main, rest] = cut(text.replace(/^v/, ''), /[-+]/);
  const parts = main.split('.').map((part) => part.replace(/^0+(?=[0-9])/, ''));
  while (parts.length < 3 && main !== '') parts.push('0');
  return parts.join('.') + rest;
}

const read = (text: Value | undefined, normalized: Value | undefined): Semver =>
  parse(normalized === true ? normalize(text as string) : (text as string));

const isSemver: Implementation = (text, normalized) => {
  try {
    read(text, normalized);
    return true;
  } catch (error) {
    if (error instanceof Failure) return false;
    throw error;
  }
};

const compared = (a: Value | undefined, b: Value | undefined): number => (a as Semver).compare(b as Semver);
const numberAt =
  (i: 0 | 1 | 2): Implementation =>
  (version) =>
    (version as Semver).numbers[i];

/** @see https://kubernetes.io/docs/reference/using-api/cel/#kubernetes-semver-library */
export const SEMVERS: Library = {
  types: [SEMVER],
  functions: [
    declare(
      'semver',
      overload('string_to_semver', [STRING], SEMVER, (text) => read(text, false)),
      overload('string_bool_to_semver', [STRING, BOOL], SEMVER, (text, normalized) => read(text, normalized)),
    ),
    declare(
      'isSemver',
      overload('is_semver_string', [STRING], BOOL, isSemver),
      overload('is_semver_string_bool', [STRING, BOOL], BOOL, isSemver),
    ),
    declare(
      'isGreaterThan',
      member('semver_is_greater_than', [SEMVER, SEMVER], BOOL, (a, b) => compared(a, b) > 0),
    ),
    declare(
      'isLessThan',
      member('semver_is_less_than', [SEMVER, SEMVER], BOOL, (a, b) => compared(a, b) < 0),
    ),
    declare(
      'compareTo',
      member('semver_compare_to', [SEMVER, SEMVER], INT, (a, b) => BigInt(compared(a, b))),
    ),
    declare('major', member('semver_major', [SEMVER], INT, numberAt(0))),
    declare('minor', member('semver_minor', [SEMVER], INT, numberAt(1))),
    declare('patch', member('semver_patch', [SEMVER], INT, numberAt(2))),
  ],
};
