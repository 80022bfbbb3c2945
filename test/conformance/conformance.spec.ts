import { beforeAll, describe, expect, it } from 'vitest';
import { pendingOf } from './replay/pending.js';
import { areas, scenariosOf } from './replay/scenario.js';
import { type Outcome, playAll } from './replay/suite.js';

const PLAY_TIMEOUT_MS = 15 * 60_000;

/** The recorded conversations of the reference, each played against a server of ours. */
describe('conformance', () => {
  const scenarios = areas().flatMap(scenariosOf);
  const outcomes = new Map<string, Outcome>();

  beforeAll(async () => {
    for (const outcome of await playAll(scenarios)) outcomes.set(`${outcome.area}/${outcome.name}`, outcome);
    // A machine under load makes a conversation late, not wrong: what differs and is not listed is played once more.
    const again = scenarios.filter(({ area, name }) => {
      const differs = outcomes.get(`${area}/${name}`)?.differences.length !== 0;
      return differs && !pendingOf(area).has(name);
    });
    for (const outcome of await playAll(again)) outcomes.set(`${outcome.area}/${outcome.name}`, outcome);
  }, PLAY_TIMEOUT_MS);

  for (const area of areas()) {
    const pending = pendingOf(area);
    describe(area, () => {
      it('lists as pending only scenarios that exist', () => {
        const known = new Set(scenariosOf(area).map(({ name }) => name));
        expect([...pending].filter((name) => !known.has(name))).toEqual([]);
      });

      for (const { name, scenario } of scenariosOf(area)) {
        if (pending.has(name)) {
          it(`${name} is pending and differs still; remove it from pending.json when it passes`, () => {
            expect(outcomes.get(`${area}/${name}`)?.differences).not.toEqual([]);
          });
        } else {
          it(`${name}: ${scenario.about}`, () => {
            expect(outcomes.get(`${area}/${name}`)?.differences).toEqual([]);
          });
        }
      }
    });
  }
});
