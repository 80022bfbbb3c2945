import { Injectable } from '@nestjs/common';

export type HealthEndpoint = 'healthz' | 'livez' | 'readyz';

export const HEALTH_ENDPOINTS: readonly HealthEndpoint[] = ['healthz', 'livez', 'readyz'];

/** One thing that must be well. Names are path segments, some with a slash: `etcd`, `poststarthook/bootstrap-roles`. */
export interface HealthCheck {
  readonly name: string;
  /** Returns when all is well, throws what is not; the text is logged, never shown to clients. */
  check(): void | Promise<void>;
}

/** A check that takes longer has failed. */
const CHECK_MS_MAX = 5_000;

/** What is asked by `/healthz`, `/livez` and `/readyz`: modules add their checks when they start. */
@Injectable()
export class HealthRegistry {
  private readonly checks: Record<HealthEndpoint, HealthCheck[]> = { healthz: [], livez: [], readyz: [] };

  constructor() {
    this.add({ name: 'ping', check: () => undefined });
    this.add({ name: 'log', check: () => undefined });
  }

  /** Adds a check, or replaces the one of that name. */
  add(check: HealthCheck, endpoints: readonly HealthEndpoint[] = HEALTH_ENDPOINTS): void {
    for (const endpoint of endpoints) {
      const checks = this.checks[endpoint];
      const old = checks.findIndex(({ name }) => name === check.name);
      if (old < 0) checks.push(check);
      else checks[old] = check;
    }
  }

  of(endpoint: HealthEndpoint): readonly HealthCheck[] {
    return this.checks[endpoint];
  }
}

export interface HealthReport {
  readonly healthy: boolean;
  readonly text: string;
  /** Checks that failed, with why: for the log. */
  readonly failures: readonly string[];
}

/**
 * Runs the checks of an endpoint, all at once.
 * @see https://kubernetes.io/docs/reference/using-api/health-checks/
 */
export async function reportHealth(
  endpoint: HealthEndpoint,
  checks: readonly HealthCheck[],
  options: { readonly verbose: boolean; readonly excluded: readonly string[] },
): Promise<HealthReport> {
  const excluded = new Set(options.excluded);
  const asked = checks.filter(({ name }) => !excluded.has(name));
  const results = new Map(await Promise.all(asked.map(async (check) => [check.name, await failureOf(check)] as const)));
  const failures: string[] = [];
  let lines = '';
  for (const { name } of checks) {
    const failure = results.get(name);
    if (excluded.delete(name)) lines += `[+]${name} excluded: ok\n`;
    else if (failure === undefined) lines += `[+]${name} ok\n`;
    else {
      lines += `[-]${name} failed: reason withheld\n`;
      failures.push(`${name}: ${failure}`);
    }
  }
  if (excluded.size > 0) {
    const names = [...excluded].sort().map((name) => JSON.stringify(name));
    lines += `warn: some health checks cannot be excluded: no matches for ${names.join(', ')}\n`;
  }
  if (failures.length > 0) return { healthy: false, text: `${lines}${endpoint} check failed\n`, failures };
  return { healthy: true, text: options.verbose ? `${lines}${endpoint} check passed\n` : 'ok', failures };
}

/** One check by itself. */
export async function reportCheck(check: HealthCheck): Promise<HealthReport> {
  const failure = await failureOf(check);
  if (failure === undefined) return { healthy: true, text: 'ok', failures: [] };
  return {
    healthy: false,
    text: 'internal server error: reason withheld\n',
    failures: [`${check.name}: ${failure}`],
  };
}

async function failureOf(check: HealthCheck): Promise<string | undefined> {
  let timer: NodeJS.Timeout | undefined;
  try {
    const result = check.check();
    if (!(result instanceof Promise)) return undefined;
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => reject(new Error(`no answer in ${CHECK_MS_MAX} ms`)), CHECK_MS_MAX);
    });
    await Promise.race([result, late]);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    clearTimeout(timer);
  }
}
