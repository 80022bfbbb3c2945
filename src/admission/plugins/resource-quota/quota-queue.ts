import { modifiedConflict, serviceUnavailable } from '../../../apimachinery/errors/status-error.js';
import type { CoreV1ResourceQuota } from '../../../apis/types.gen.js';
import { listOf } from '../../resource-amounts.js';
import { type Charge, charge, QuotaAccount } from './quota-account.js';
import type { QuotaLedger } from './quota-ledger.js';

/** Requests of one namespace that may wait for their quotas. */
const WAITING_MAX = 10_000;
/** Requests that are charged with one write. */
const BATCH_MAX = 500;
/** Lost races of one batch with other writers of the quota. */
const ATTEMPTS_MAX = 10;

interface Waiter {
  readonly charge: Charge;
  resolve(): void;
  reject(error: unknown): void;
}

/**
 * Charges requests to the quotas of their namespace, one batch after another: what arrives while usage is being written is
 * checked together against what was written, so many requests cost one write, and none is admitted on usage that
 * another has changed.
 */
export class QuotaQueue {
  /** By namespace; there while a batch is on its way. */
  private readonly waiting = new Map<string, Waiter[]>();

  /** @param quotasOf what is stored now */
  constructor(
    private readonly quotasOf: (namespace: string) => readonly Readonly<CoreV1ResourceQuota>[],
    private readonly ledger: QuotaLedger,
  ) {}

  /** Resolves once the usage is durable. @throws StatusError Forbidden, Conflict, ServiceUnavailable */
  charge(charge: Charge): Promise<void> {
    const { namespace } = charge.attributes;
    return new Promise((resolve, reject) => {
      const waiting = this.waiting.get(namespace);
      const waiter = { charge, resolve, reject };
      if (waiting === undefined) {
        this.waiting.set(namespace, [waiter]);
        void this.work(namespace);
      } else if (waiting.length >= WAITING_MAX) {
        reject(serviceUnavailable(`too many requests wait for the quotas of namespace ${namespace}`));
      } else {
        waiting.push(waiter);
      }
    });
  }

  private async work(namespace: string): Promise<void> {
    // What else this turn brings goes into the first batch.
    await undefined;
    for (;;) {
      const waiting = this.waiting.get(namespace) ?? [];
      if (waiting.length === 0) {
        this.waiting.delete(namespace);
        return;
      }
      const batch = waiting.splice(0, BATCH_MAX);
      try {
        await this.settle(namespace, batch);
      } catch (error) {
        for (const waiter of batch) waiter.reject(error);
      }
    }
  }

  private async settle(namespace: string, batch: readonly Waiter[]): Promise<void> {
    let open = batch;
    // After a lost race only the quotas that were not written are looked at again.
    let unwritten: ReadonlySet<string> | undefined;
    for (let attempt = 1; ; attempt++) {
      const accounts = this.quotasOf(namespace)
        .filter(({ metadata }) => unwritten?.has(metadata.name ?? '') ?? true)
        .map((quota) => new QuotaAccount(quota));
      open = open.filter((waiter) => isCharged(accounts, waiter));
      unwritten = await this.write(accounts);
      if (unwritten.size === 0) break;
      if (attempt < ATTEMPTS_MAX) continue;
      const [name = ''] = unwritten;
      for (const waiter of open) waiter.reject(modifiedConflict({ group: '', resource: 'resourcequotas' }, name));
      return;
    }
    for (const waiter of open) waiter.resolve();
  }

  /** Names of the quotas that somebody else changed in between. */
  private async write(accounts: readonly QuotaAccount[]): Promise<ReadonlySet<string>> {
    const unwritten = new Set<string>();
    await Promise.all(
      accounts.map(async ({ quota, name, used, changed }) => {
        if (changed && !(await this.ledger.write(quota, listOf(used)))) unwritten.add(name);
      }),
    );
    return unwritten;
  }
}

/** False where the request is answered already: refused, or nothing needs to be written for it. */
function isCharged(accounts: readonly QuotaAccount[], { charge: wanted, resolve, reject }: Waiter): boolean {
  try {
    if (charge(accounts, wanted) && !wanted.attributes.dryRun) return true;
    resolve();
  } catch (error) {
    reject(error);
  }
  return false;
}
