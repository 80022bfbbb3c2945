import { describe, expect, it } from 'vitest';
import { planList, type RawListOptions, validateListOptions } from './list-options.js';

const options = (given: Partial<RawListOptions>): RawListOptions => ({
  watch: false,
  resourceVersion: '',
  resourceVersionMatch: '',
  continueToken: '',
  sendInitialEvents: undefined,
  allowWatchBookmarks: false,
  ...given,
});

const MATCH = 'resourceVersionMatch';
const CONTINUES = `${MATCH}: Forbidden: ${MATCH} is forbidden when continue is provided`;
const NEEDS_INITIAL = `${MATCH}: Forbidden: ${MATCH} is forbidden for watch unless sendInitialEvents is provided`;
const NEEDS_MATCH = `${MATCH}: Forbidden: sendInitialEvents requires setting ${MATCH} to NotOlderThan`;
const onlyNotOlderThan = (value: string) => `${MATCH}: Unsupported value: "${value}": supported values: "NotOlderThan"`;

describe('validateListOptions', () => {
  it.each<[Partial<RawListOptions>, string[]]>([
    [{ watch: true, resourceVersionMatch: 'Exact' }, [NEEDS_INITIAL, onlyNotOlderThan('Exact')]],
    [
      { watch: true, resourceVersionMatch: 'Exact', sendInitialEvents: true, continueToken: 'c' },
      [NEEDS_MATCH, onlyNotOlderThan('Exact'), CONTINUES],
    ],
    [{ watch: true, sendInitialEvents: false }, [NEEDS_MATCH]],
    [
      { sendInitialEvents: false, resourceVersionMatch: 'Exact', resourceVersion: '0' },
      [
        `${MATCH}: Forbidden: ${MATCH} "exact" is forbidden for resourceVersion "0"`,
        'sendInitialEvents: Forbidden: sendInitialEvents is forbidden for list',
      ],
    ],
  ])('names every fault of %j', (given, faults) => {
    const detail = faults.length === 1 ? faults[0] : `[${faults.join(', ')}]`;
    expect(() => validateListOptions(options(given))).toThrow(`ListOptions.meta.k8s.io "" is invalid: ${detail}`);
  });

  it.each<Partial<RawListOptions>>([
    { watch: true, resourceVersion: '5', continueToken: 'c' },
    { watch: true, resourceVersionMatch: 'NotOlderThan', sendInitialEvents: true },
    { resourceVersion: '5', resourceVersionMatch: 'Exact' },
  ])('takes %j', (given) => {
    expect(() => validateListOptions(options(given))).not.toThrow();
  });
});

describe('planList', () => {
  it('speaks of a wrong token before it speaks of a version that does not go with one', () => {
    expect(() => planList({ resourceVersion: '5', resourceVersionMatch: '', continueToken: 'abc', limit: 0 })).toThrow(
      'invalid continue token',
    );
  });
});
