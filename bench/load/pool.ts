import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { generate } from './generator.js';
import type { LoadPlan, LoadResult, Target } from './plan.js';

interface Order {
  readonly plan: LoadPlan;
  readonly target: Target;
  readonly offset: number;
  readonly step: number;
}

/** Worker processes that make the load, so that whoever asks for it costs the load nothing. */
export class LoadPool {
  private constructor(private readonly workers: readonly ChildProcess[]) {}

  /** @param script a script that calls {@link serveOrders} when its first argument is `worker` */
  static start(script: string, count: number): LoadPool {
    const start = () => fork(script, ['worker'], { serialization: 'advanced' });
    return new LoadPool(Array.from({ length: count }, start));
  }

  async run(plan: LoadPlan, target: Target): Promise<LoadResult> {
    const results = await Promise.all(
      this.workers.map(async (worker, offset) => {
        const order: Order = { plan, target, offset, step: this.workers.length };
        worker.send(order);
        const [answer] = (await once(worker, 'message')) as [LoadResult];
        return answer;
      }),
    );
    return results.reduce(merge);
  }

  stop(): void {
    for (const worker of this.workers) worker.kill();
  }
}

export function serveOrders(): void {
  process.on('message', ({ plan, target, offset, step }: Order) => {
    void generate(plan, target, { offset, step }).then((result) => process.send?.(result));
  });
}

function merge(a: LoadResult, b: LoadResult): LoadResult {
  const latenciesMs = new Float64Array(a.latenciesMs.length + b.latenciesMs.length);
  latenciesMs.set(a.latenciesMs);
  latenciesMs.set(b.latenciesMs, a.latenciesMs.length);
  const errors = { ...a.errors };
  for (const [status, { count, first }] of Object.entries(b.errors)) {
    const known = errors[Number(status)];
    errors[Number(status)] = { count: count + (known?.count ?? 0), first: known?.first ?? first };
  }
  const seconds = Math.max(a.seconds, b.seconds);
  return {
    requests: a.requests + b.requests,
    answered: a.answered + b.answered,
    seconds,
    latenciesMs: latenciesMs.sort(),
    errors,
    bytes: a.bytes + b.bytes,
  };
}
