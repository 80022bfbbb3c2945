import { setTimeout as delay } from 'node:timers/promises';
import { authorizationOf, type LoadClient, openClient } from './clients.js';
import type { LoadPlan, LoadResult, Target } from './plan.js';
import { TextTemplate } from './text-template.js';

const MEASURED_MAX = 2_000_000;

interface Shares {
  readonly offset: number;
  readonly step: number;
}

/**
 * Runs a plan from this process.
 * @param shares which numbers of requests and clients are this process's when several work on one plan
 */
export async function generate(plan: LoadPlan, target: Target, shares: Shares): Promise<LoadResult> {
  const run = new Run(plan, target, shares);
  const clients: LoadClient[] = [];
  for (let at = shares.offset; at < plan.clients; at += shares.step) clients.push(openClient(plan.protocol, target));
  const loops = clients.map((client, at) => run.loop(client, shares.offset + at * shares.step));
  await delay(plan.warmupSeconds * 1_000);
  run.measure();
  await Promise.race([delay(plan.seconds * 1_000), Promise.all(loops)]);
  const result = run.end();
  await Promise.race([Promise.all(loops), delay(5_000, undefined, { ref: false })]);
  for (const client of clients) client.close();
  return result();
}

class Run {
  private readonly path: TextTemplate;
  private readonly body: TextTemplate | undefined;
  private readonly headers: Record<string, string>;
  private readonly latencies = new Float64Array(MEASURED_MAX);
  private readonly errors: LoadResult['errors'] = {};
  private measured = 0;
  private answered = 0;
  private bytes = 0;
  private number: number;
  /** Requests begun or answered; failed ones are made up for. */
  private claimed = 0;
  private readonly answersMax: number;
  private startedAt = 0;
  private measuring = false;
  private ended = false;

  constructor(
    private readonly plan: LoadPlan,
    target: Target,
    private readonly shares: Shares,
  ) {
    this.path = new TextTemplate(plan.request.path);
    this.body = plan.request.body === undefined ? undefined : new TextTemplate(plan.request.body);
    this.headers = { ...authorizationOf(target), 'user-agent': 'kubenest-bench', ...plan.request.headers };
    this.number = shares.offset;
    this.answersMax = Math.ceil((plan.answersMax ?? Number.POSITIVE_INFINITY) / shares.step);
  }

  async loop(client: LoadClient, clientNumber: number): Promise<void> {
    const { method } = this.plan.request;
    while (!this.ended && this.claimed < this.answersMax) {
      this.claimed++;
      const n = this.number;
      this.number += this.shares.step;
      const body = this.body?.fill(n, clientNumber);
      const path = this.path.fill(n, clientNumber);
      const from = performance.now();
      try {
        const { status, bytes, text } = await client.send(method, path, this.headers, body);
        if (status >= 300) this.fail(status, text);
        else this.succeed(performance.now() - from, bytes);
      } catch (error) {
        if (this.ended) return;
        this.fail(0, (error as Error).message);
        await delay(50);
      }
    }
  }

  measure(): void {
    this.measuring = true;
    this.startedAt = performance.now();
  }

  end(): () => LoadResult {
    const seconds = (performance.now() - this.startedAt) / 1_000;
    this.measuring = false;
    this.ended = true;
    const latenciesMs = this.latencies.slice(0, this.measured).sort();
    const { measured: requests, bytes, errors } = this;
    return () => ({ requests, answered: this.answered, seconds, latenciesMs, errors, bytes });
  }

  private succeed(ms: number, bytes: number): void {
    this.answered++;
    if (!this.measuring || this.measured === MEASURED_MAX) return;
    this.latencies[this.measured++] = ms;
    this.bytes += bytes;
  }

  private fail(status: number, text: string): void {
    this.claimed--;
    const known = this.errors[status];
    if (known === undefined) this.errors[status] = { count: 1, first: text.slice(0, 400) };
    else known.count++;
  }
}
