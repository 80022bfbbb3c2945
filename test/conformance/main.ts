/** `npm run conformance`: plays recorded conversations and tells what differs. */
import { parseArgs } from 'node:util';
import { pendingOf, writePending } from './replay/pending.js';
import { areas, type NamedScenario, scenariosOf } from './replay/scenario.js';
import { type Outcome, playAgainst, playAll } from './replay/suite.js';

const USAGE = `npm run conformance -- [AREA...] [--only TEXT] [--update] [--verbose] [--server URL [--token TOKEN]]

Plays the scenarios of the areas (all: ${areas().join(', ')}) against servers of its own, or one that runs
already, and prints what differs and how many passed. --update writes which are pending.
`;
const SHORT_LINES = 3;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    only: { type: 'string', default: '' },
    update: { type: 'boolean', default: false },
    verbose: { type: 'boolean', short: 'v', default: false },
    server: { type: 'string' },
    token: { type: 'string', default: 'admin-token' },
    help: { type: 'boolean', default: false },
  },
});

function print({ area, name, differences }: Outcome): void {
  if (differences.length === 0) return;
  const lines = differences.flatMap(({ at, what, found }) => {
    const shown = values.verbose ? found : found.slice(0, SHORT_LINES);
    const more = found.length > shown.length ? [`    ... and ${found.length - shown.length} more`] : [];
    return [`  step ${at}: ${what}`, ...shown.map((line) => `    ${line}`), ...more];
  });
  process.stdout.write(`DIFFERS ${area}/${name}\n${lines.join('\n')}\n`);
}

function summary(outcomes: readonly Outcome[], chosen: readonly string[]): boolean {
  let asListed = true;
  for (const area of chosen) {
    const mine = outcomes.filter((outcome) => outcome.area === area);
    const failed = mine.filter(({ differences }) => differences.length > 0).map(({ name }) => name);
    if (values.update && values.only === '') writePending(area, failed);
    const pending = pendingOf(area);
    const worse = failed.filter((name) => !pending.has(name));
    const better = mine.filter(({ name, differences }) => differences.length === 0 && pending.has(name));
    asListed &&= worse.length === 0 && better.length === 0;
    const told = [
      ...(worse.length > 0 ? [`not listed as pending: ${worse.join(', ')}`] : []),
      ...(better.length > 0 ? [`pass now, no longer pending: ${better.map(({ name }) => name).join(', ')}`] : []),
    ];
    const counts = `${mine.length - failed.length} of ${mine.length} passed`;
    process.stdout.write(`${area.padEnd(12)} ${counts}${told.map((each) => `; ${each}`).join('')}\n`);
  }
  return asListed;
}

const chosen = positionals.length > 0 ? positionals : areas();
const unknown = chosen.filter((area) => !areas().includes(area));
if (values.help || unknown.length > 0) {
  process.stdout.write(unknown.length > 0 ? `there is no area ${unknown.join(', ')}\n\n${USAGE}` : USAGE);
  process.exit(values.help ? 0 : 2);
}
const scenarios: NamedScenario[] = chosen.flatMap(scenariosOf).filter(({ name }) => name.includes(values.only));
const { server, token } = values;
const outcomes =
  server === undefined ? await playAll(scenarios, print) : await playAgainst(server, token, scenarios, print);
const asListed = summary(outcomes, chosen);
const failed = outcomes.filter(({ differences }) => differences.length > 0).length;
process.stdout.write(`${outcomes.length - failed} passed, ${failed} failed\n`);
process.exit(asListed ? 0 : 1);
