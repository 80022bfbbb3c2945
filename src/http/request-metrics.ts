import { Injectable } from '@nestjs/common';
import type { RequestInfo } from '../endpoints/request-info.js';
import { MetricsRegistry } from '../observability/metrics.js';
import type { Exchange } from './exchange.js';
import { HttpServer } from './http-server.js';

/** Distinct kinds of requests counted apart; further ones are counted together, so that made-up names cost no memory. */
const KINDS_MAX = 4_096;
const DURATION_BOUNDS_SECONDS = [
  0.005, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 1.25, 1.5, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 45, 60,
];
const SIZE_BOUNDS_BYTES = [1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9];
const VERBS: Readonly<Record<string, string>> = { create: 'POST', update: 'PUT' };
const KNOWN_PATHS: ReadonlySet<string> = new Set([
  '/healthz',
  '/livez',
  '/readyz',
  '/metrics',
  '/version',
  '/api',
  '/apis',
  '/openapi/v2',
  '/openapi/v3',
]);

/** All requests of one kind: the labels of upstream's metrics, and plain numbers. */
class Cell {
  readonly codes = new Map<number, number>();
  readonly durations = new Float64Array(DURATION_BOUNDS_SECONDS.length + 1);
  readonly sizes = new Float64Array(SIZE_BOUNDS_BYTES.length + 1);
  seconds = 0;
  bytes = 0;

  constructor(readonly labels: Readonly<Record<string, string>>) {}

  observe(code: number, seconds: number, bytes: number): void {
    this.codes.set(code, (this.codes.get(code) ?? 0) + 1);
    this.durations[bucketOf(DURATION_BOUNDS_SECONDS, seconds)]!++;
    this.sizes[bucketOf(SIZE_BOUNDS_BYTES, bytes)]!++;
    this.seconds += seconds;
    this.bytes += bytes;
  }
}

function bucketOf(bounds: readonly number[], value: number): number {
  let i = 0;
  while (i < bounds.length && value > bounds[i]!) i++;
  return i;
}

/** Counts requests under upstream's names. @see https://kubernetes.io/docs/reference/instrumentation/metrics/ */
@Injectable()
export class RequestMetrics {
  private readonly cells = new Map<string, Cell>();

  constructor(
    private readonly server: HttpServer,
    registry: MetricsRegistry,
  ) {
    const cells = this.cells;
    registry.add({
      type: 'counter',
      name: 'apiserver_request_total',
      help: 'Requests by verb, resource and code of the answer.',
      *collect() {
        for (const { labels, codes } of cells.values()) {
          for (const [code, value] of codes) yield { labels: { code, ...labels }, value };
        }
      },
    });
    registry.add({
      type: 'histogram',
      name: 'apiserver_request_duration_seconds',
      help: 'Time from the arrival of a request to the end of its answer.',
      bounds: DURATION_BOUNDS_SECONDS,
      *collect() {
        for (const { labels, durations, seconds } of cells.values()) yield { labels, counts: durations, sum: seconds };
      },
    });
    registry.add({
      type: 'histogram',
      name: 'apiserver_response_sizes',
      help: 'Bytes of answers.',
      bounds: SIZE_BOUNDS_BYTES,
      *collect() {
        for (const { labels, sizes, bytes } of cells.values()) yield { labels, counts: sizes, sum: bytes };
      },
    });
    registry.add({
      type: 'gauge',
      name: 'apiserver_current_inflight_requests',
      help: 'Requests being answered, without watches and the like.',
      collect: () => this.countInFlight(),
    });
    registry.add({
      type: 'gauge',
      name: 'apiserver_longrunning_requests',
      help: 'Watches and other requests without an end.',
      collect: () => this.countLongRunning(),
    });
  }

  readonly observe = (exchange: Exchange): void => {
    const cell = this.cellOf(exchange);
    cell.observe(exchange.answeredStatus, (Date.now() - exchange.receivedAt) / 1_000, exchange.answeredBytes);
  };

  private cellOf(exchange: Exchange): Cell {
    const info = infoOf(exchange);
    const verb = verbOf(exchange, info);
    const dryRun = exchange.query.get('dryRun') === 'All' ? 'All' : '';
    const key =
      info?.isResourceRequest === true
        ? `${verb} ${info.group} ${info.version} ${info.resource} ${info.subresource} ${scopeOf(info)} ${dryRun}`
        : `${verb} ${knownPathOf(info)}`;
    let cell = this.cells.get(key);
    if (cell === undefined) {
      if (this.cells.size >= KINDS_MAX) return this.overflow(verb);
      cell = new Cell(labelsOf(info, verb, { dry_run: dryRun }));
      this.cells.set(key, cell);
    }
    return cell;
  }

  private overflow(verb: string): Cell {
    let cell = this.cells.get(`${verb} other`);
    if (cell === undefined) {
      cell = new Cell({ ...labelsOf(undefined, verb, { dry_run: '' }), resource: 'other' });
      this.cells.set(`${verb} other`, cell);
    }
    return cell;
  }

  private countInFlight() {
    const counts = { mutating: 0, readOnly: 0 };
    for (const exchange of this.server.inFlight) {
      if (exchange.isLongRunning) continue;
      counts[exchange.method === 'GET' || exchange.method === 'HEAD' ? 'readOnly' : 'mutating']++;
    }
    return Object.entries(counts).map(([kind, value]) => ({ labels: { request_kind: kind }, value }));
  }

  private countLongRunning() {
    const counts = new Map<string, { labels: Record<string, string>; value: number }>();
    for (const exchange of this.server.inFlight) {
      if (!exchange.isLongRunning) continue;
      const info = infoOf(exchange);
      const labels = labelsOf(info, verbOf(exchange, info), {});
      const key = JSON.stringify(labels);
      const sample = counts.get(key) ?? { labels, value: 0 };
      sample.value++;
      counts.set(key, sample);
    }
    return counts.values();
  }
}

function infoOf(exchange: Exchange): RequestInfo | undefined {
  try {
    return exchange.info;
  } catch {
    return undefined;
  }
}

function verbOf(exchange: Exchange, info: RequestInfo | undefined): string {
  if (info === undefined || !info.isResourceRequest) return exchange.method;
  if (info.verb === 'patch' && exchange.raw.headers['content-type']?.startsWith('application/apply-patch') === true) {
    return 'APPLY';
  }
  return VERBS[info.verb] ?? info.verb.toUpperCase();
}

function scopeOf(info: RequestInfo | undefined): string {
  if (info === undefined || !info.isResourceRequest) return '';
  if (info.name !== '' || info.verb === 'create') return 'resource';
  return info.namespace === '' ? 'cluster' : 'namespace';
}

/** Paths outside the resource tree are counted by name where the name is one of ours. */
function knownPathOf(info: RequestInfo | undefined): string {
  return info?.isResourceRequest === false && KNOWN_PATHS.has(info.path) ? info.path : '';
}

function labelsOf(info: RequestInfo | undefined, verb: string, more: Record<string, string>): Record<string, string> {
  return {
    component: 'apiserver',
    ...more,
    group: info?.group ?? '',
    resource: info?.resource ?? '',
    scope: scopeOf(info),
    subresource: info?.subresource || knownPathOf(info),
    verb,
    version: info?.version ?? '',
  };
}
