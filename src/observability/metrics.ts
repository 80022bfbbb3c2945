import { Injectable } from '@nestjs/common';

export type MetricLabels = Readonly<Record<string, string | number>>;

export interface Sample {
  readonly labels: MetricLabels;
  readonly value: number;
}

export interface HistogramSample {
  readonly labels: MetricLabels;
  /** Observations up to each bound of the family, not cumulated; one more for those above all. */
  readonly counts: ArrayLike<number>;
  readonly sum: number;
}

/** A family of metrics whose values are read when somebody scrapes; counting costs its owner nothing but an addition. */
export type MetricFamily =
  | {
      readonly type: 'counter' | 'gauge';
      readonly name: string;
      readonly help: string;
      collect(): Iterable<Sample>;
    }
  | {
      readonly type: 'histogram';
      readonly name: string;
      readonly help: string;
      readonly bounds: readonly number[];
      collect(): Iterable<HistogramSample>;
    };

/** The metrics of the server, in the text format of Prometheus. */
@Injectable()
export class MetricsRegistry {
  private readonly families = new Map<string, MetricFamily>();
  private processMetrics: Promise<{ metrics(): Promise<string> }> | undefined;

  /** Adds a family, or replaces the one of that name. */
  add(family: MetricFamily): void {
    this.families.set(family.name, family);
  }

  /** Everything, with the figures of the process and the event loop behind. */
  async text(): Promise<string> {
    this.processMetrics ??= collectProcessMetrics();
    const own = [...this.families.values()].map(formatFamily).join('');
    return own + (await (await this.processMetrics).metrics());
  }
}

/** prom-client knows what a process has to tell; it is imported at the first scrape. */
async function collectProcessMetrics(): Promise<{ metrics(): Promise<string> }> {
  const { collectDefaultMetrics, Registry } = await import('prom-client');
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  return registry;
}

export function formatFamily(family: MetricFamily): string {
  let text = `# HELP ${family.name} ${family.help}\n# TYPE ${family.name} ${family.type}\n`;
  if (family.type === 'histogram') {
    for (const sample of family.collect()) text += formatHistogram(family.name, family.bounds, sample);
  } else {
    for (const { labels, value } of family.collect()) text += `${family.name}${formatLabels(labels)} ${value}\n`;
  }
  return text;
}

function formatHistogram(name: string, bounds: readonly number[], { labels, counts, sum }: HistogramSample): string {
  let text = '';
  let total = 0;
  for (let i = 0; i <= bounds.length; i++) {
    total += counts[i] ?? 0;
    text += `${name}_bucket${formatLabels({ ...labels, le: bounds[i] ?? '+Inf' })} ${total}\n`;
  }
  return `${text}${name}_sum${formatLabels(labels)} ${sum}\n${name}_count${formatLabels(labels)} ${total}\n`;
}

function formatLabels(labels: MetricLabels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escapeLabel(String(value))}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

function escapeLabel(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"');
}
