import { timeout } from '../apimachinery/errors/status-error.js';
import type { Exchange } from './exchange.js';

/** How often requests past their deadline are looked for. */
const SWEEP_INTERVAL_MS = 1_000;

/** The requests that are being answered: for metrics, deadlines and an orderly end. */
export class InFlight {
  private readonly exchanges = new Set<Exchange>();
  private timer: NodeJS.Timeout | undefined;
  private whenIdle: (() => void) | undefined;

  /** @param expire answers a request whose time is up */
  constructor(
    private readonly requestTimeoutMs: number,
    private readonly expire: (exchange: Exchange, error: Error) => void,
  ) {}

  get size(): number {
    return this.exchanges.size;
  }

  start(): void {
    this.timer ??= setInterval(() => this.sweep(Date.now()), SWEEP_INTERVAL_MS).unref();
  }

  add(exchange: Exchange): void {
    this.exchanges.add(exchange);
  }

  delete(exchange: Exchange): void {
    this.exchanges.delete(exchange);
    if (this.exchanges.size === 0) this.whenIdle?.();
  }

  /**
   * Gives the request the time that it asks for, where that is less than the server's.
   * @throws StatusError 400
   */
  limit(exchange: Exchange): void {
    const ms = exchange.requestedTimeoutMs;
    if (ms === undefined || ms >= this.requestTimeoutMs) return;
    const timer = setTimeout(() => {
      if (exchange.answeredStatus === 0) this.end(exchange);
    }, ms).unref();
    exchange.response.once('close', () => clearTimeout(timer));
  }

  [Symbol.iterator](): Iterator<Exchange> {
    return this.exchanges.values();
  }

  /** Resolves when nothing is in flight, or after the time given. */
  async idle(timeoutMs: number): Promise<void> {
    if (this.exchanges.size === 0) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, timeoutMs);
      this.whenIdle = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.whenIdle = undefined;
  }

  stop(): void {
    clearInterval(this.timer);
    this.timer = undefined;
  }

  private sweep(nowMs: number): void {
    for (const exchange of this.exchanges) {
      if (exchange.answeredStatus !== 0 || nowMs - exchange.receivedAt < this.requestTimeoutMs) continue;
      if (exchange.isLongRunning) continue;
      this.end(exchange);
    }
  }

  private end(exchange: Exchange): void {
    const error = timeout('request did not complete within the allotted timeout');
    exchange.abort(error);
    this.expire(exchange, error);
  }
}
