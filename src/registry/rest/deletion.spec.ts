import { describe, expect, it } from 'vitest';
import { forbidUnsafe, validateDeleteOptions } from './deletion.js';

const UNSAFE = 'ignoreStoreReadErrorWithClusterBreakingPotential';

describe('validateDeleteOptions', () => {
  it('lets an unsafe deletion have no other option', () => {
    const others = ['propagationPolicy', 'gracePeriodSeconds', 'preconditions'].map(
      (other) => `${UNSAFE}: Invalid value: true: cannot be set together with .${other}`,
    );
    expect(() =>
      validateDeleteOptions({
        [UNSAFE]: true,
        propagationPolicy: 'Background',
        gracePeriodSeconds: 0,
        preconditions: { uid: 'x' },
      }),
    ).toThrow(`DeleteOptions.meta.k8s.io "" is invalid: [${others.join(', ')}]`);
    expect(() => validateDeleteOptions({ [UNSAFE]: true, dryRun: ['All'] })).not.toThrow();
  });

  it('refuses an empty policy', () => {
    expect(() => validateDeleteOptions({ propagationPolicy: '' })).toThrow(
      'propagationPolicy: Unsupported value: "": supported values: "Foreground", "Background", "Orphan", "nil"',
    );
  });
});

describe('forbidUnsafe', () => {
  it('lets no collection be deleted unsafely', () => {
    expect(() => forbidUnsafe({ [UNSAFE]: true })).toThrow(
      `${UNSAFE}: Invalid value: true: is not allowed with DELETECOLLECTION, try again after removing the option`,
    );
    expect(() => forbidUnsafe({})).not.toThrow();
  });
});
