import { ManyWatches } from '../load/many-watches.js';
import type { Job } from './job.js';
import { configMap } from './objects.js';

const WATCHES = 500;
const CHANGES = 200;
const EVENTS_TIMEOUT_MS = 60_000;

/** Events that reach many watches of one object, which is changed as fast as one client can. */
export const WATCH_FANOUT: Job = {
  name: 'watch-fanout',
  about: `${WATCHES} watches, ${CHANGES} changes`,
  async run({ api, namespace, target }) {
    const path = `/api/v1/namespaces/${namespace}/configmaps`;
    await api.must('POST', path, configMap(namespace, 'watched'));
    const watches = new ManyWatches(target);
    try {
      const one = `${path}?watch=1&fieldSelector=metadata.name%3Dwatched`;
      await watches.open(Array.from({ length: WATCHES }, () => one));
      const from = performance.now();
      const allSeen = watches.until(WATCHES * (CHANGES + 1), EVENTS_TIMEOUT_MS);
      for (let n = 0; n < CHANGES; n++) {
        await api.must('PUT', `${path}/watched`, configMap(namespace, 'watched').replace('{n}', String(n)));
      }
      const seen = (await allSeen) - WATCHES;
      const seconds = (performance.now() - from) / 1_000;
      const missing = WATCHES * CHANGES - seen;
      const notes = missing > 0 ? [`${missing} events did not come`] : [];
      return { value: seen / seconds, unit: '/s', errors: missing, notes };
    } finally {
      watches.close();
    }
  },
};
