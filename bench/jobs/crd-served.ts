import type { Job } from './job.js';
import { customObject, definition } from './objects.js';

const ROUNDS = 10;
const TIMEOUT_MS = 30_000;
const KIND = 'BenchServed';

/** From the definition's request to the first list that is answered, and to the first object that is made. */
export const CRD_SERVED: Job = {
  name: 'crd-served',
  about: 'CRD created -> served',
  async run({ api, run, namespace }) {
    const served: number[] = [];
    const made: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const group = `served-${round}-${run}.bench.example`;
      const path = `/apis/${group}/v1/namespaces/${namespace}/benchserveds`;
      const from = performance.now();
      const until = async (method: string, body?: string): Promise<number> => {
        while ((await api.send(method, path, body)).status >= 300) {
          if (performance.now() - from > TIMEOUT_MS) throw new Error(`${path} was not served in time`);
        }
        return performance.now() - from;
      };
      const crds = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
      await api.must('POST', crds, definition(group, 'benchserveds', KIND, false));
      served.push(await until('GET'));
      made.push(await until('POST', customObject(group, KIND, 'first')));
      await api.send('DELETE', `${crds}/benchserveds.${group}`);
    }
    const value = middle(served);
    const notes = [`first object made after ${middle(made).toFixed(0)} ms, at most ${Math.max(...made).toFixed(0)} ms`];
    return { value, unit: 'ms', p50Ms: value, p99Ms: Math.max(...served), errors: 0, notes };
  },
};

function middle(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
}
