import { ageOf } from '../../apimachinery/table/human-duration.js';
import type { TableContext } from '../../apimachinery/table/table.js';
import type { CoreV1Event, EventsV1Event } from '../../apis/types.gen.js';
import { cells, name, type Printers } from './printer.js';

/** Events print alike in both groups, whichever form they are given in. */
const EVENT = cells<CoreV1Event & EventsV1Event>((event, { now }: TableContext) => {
  const { series } = event;
  const regarding = event.involvedObject ?? event.regarding ?? {};
  const source = event.source ?? event.deprecatedSource;
  const first = ageOf(event.firstTimestamp ?? event.deprecatedFirstTimestamp ?? event.eventTime, now);
  const last = event.lastTimestamp ?? event.deprecatedLastTimestamp;
  const count = event.count ?? event.deprecatedCount ?? 0;
  const kind = (regarding.kind ?? '').toLowerCase();
  return [
    series ? ageOf(series.lastObservedTime, now) : last ? ageOf(last, now) : first,
    event.type ?? '',
    event.reason ?? '',
    regarding.name ? `${kind}/${regarding.name}` : kind,
    regarding.fieldPath ?? '',
    sourceText(
      source?.component || event.reportingComponent || event.reportingController || '',
      source?.host || event.reportingInstance || '',
    ),
    (event.message ?? event.note ?? '').trim(),
    first,
    series ? (series.count ?? 0) : count === 0 ? 1 : count,
    name(event),
  ];
});

export const EVENT_PRINTERS: Printers = { 'v1/events': EVENT, 'events.k8s.io/v1/events': EVENT };

function sourceText(component: string, instance: string): string {
  return instance === '' ? component : `${component}, ${instance}`;
}
