import { type ServerProcess, startServerProcess } from '../../support/server-process.js';
import { ReplayClient } from './client.js';
import { type Difference, playScenario } from './player.js';
import type { NamedScenario } from './scenario.js';

/** As the reference was started when it was recorded: what its other processes do happened to nobody. */
const FLAGS = [
  '--authorization-mode=Node,RBAC',
  '--service-cluster-ip-range=10.0.0.0/24',
  '--disable-admission-plugins=ServiceAccount',
  '--reconcilers=-*',
];
const TOKENS = { admin: 'admin-token', alice: 'alice-token' };
/** Scenarios see the whole of a server, so that each server plays one at a time. */
const SERVERS = 4;

export interface Outcome {
  readonly area: string;
  readonly name: string;
  readonly differences: readonly Difference[];
  readonly seconds: number;
}

/**
 * Plays scenarios, several servers side by side.
 * @param onOutcome is told of each as it ends
 */
export async function playAll(
  scenarios: readonly NamedScenario[],
  onOutcome: (outcome: Outcome) => void = () => {},
): Promise<Outcome[]> {
  const queue = [...scenarios];
  const outcomes: Outcome[] = [];
  const serve = async (): Promise<void> => {
    const server = await startServerProcess({ flags: FLAGS });
    const client = clientOf(server);
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const outcome = await playOne(next, client);
      outcomes.push(outcome);
      onOutcome(outcome);
    }
    client.close();
    await server.stop();
  };
  await Promise.all(Array.from({ length: Math.min(SERVERS, scenarios.length) }, serve));
  return outcomes;
}

/** Plays against a server that runs already. */
export async function playAgainst(
  url: string,
  token: string,
  scenarios: readonly NamedScenario[],
  onOutcome: (outcome: Outcome) => void,
): Promise<Outcome[]> {
  const client = new ReplayClient(url, { ...TOKENS, admin: token });
  const outcomes: Outcome[] = [];
  for (const each of scenarios) {
    const outcome = await playOne(each, client);
    outcomes.push(outcome);
    onOutcome(outcome);
  }
  client.close();
  return outcomes;
}

function clientOf(server: ServerProcess): ReplayClient {
  return new ReplayClient(server.url, TOKENS);
}

async function playOne({ area, name, scenario }: NamedScenario, client: ReplayClient): Promise<Outcome> {
  const from = performance.now();
  const differences = await playScenario(scenario, client);
  return { area, name, differences, seconds: (performance.now() - from) / 1_000 };
}
