import type { KubeObject } from '../../apimachinery/meta/object.js';

/** Fields of an event that the two groups name differently: events.k8s.io first, core second. */
const RENAMED: readonly (readonly [string, string])[] = [
  ['reportingController', 'reportingComponent'],
  ['regarding', 'involvedObject'],
  ['note', 'message'],
  ['deprecatedSource', 'source'],
  ['deprecatedFirstTimestamp', 'firstTimestamp'],
  ['deprecatedLastTimestamp', 'lastTimestamp'],
  ['deprecatedCount', 'count'],
];
const TO_CORE: ReadonlyMap<string, string> = new Map(RENAMED);
const TO_EVENTS: ReadonlyMap<string, string> = new Map(RENAMED.map(([events, core]) => [core, events]));

/** The name under which events.k8s.io knows the core group's shape. */
export const CORE_SHAPE = 'core';

/** Empty texts that the core group spells out are left out of the newer one. */
export function convertEvent(event: KubeObject, from: string, to: string): KubeObject {
  if (from === to) return event;
  const names = to === CORE_SHAPE ? TO_CORE : TO_EVENTS;
  const fields = Object.entries(event).filter(([, value]) => to === CORE_SHAPE || value !== '');
  return Object.fromEntries(fields.map(([name, value]) => [names.get(name) ?? name, value])) as KubeObject;
}
