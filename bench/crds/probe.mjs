// Preloaded into a server that is measured: on SIGUSR2 it tells, as one line, what it holds and for how long its event loop stood still
// since the signal before. Needs --expose-gc.
import { monitorEventLoopDelay } from 'node:perf_hooks';

const MB = 1024 * 1024;
const RESOLUTION_MS = 1;
const SETTLE_MS = 5;
const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
delay.enable();
let count = 0;

process.on('SIGUSR2', () => {
  const cpuMs = process.cpuUsage().user / 1e3;
  const heldMs = Math.max(0, delay.max / 1e6 - RESOLUTION_MS);
  const p99Ms = Math.max(0, delay.percentile(99) / 1e6 - RESOLUTION_MS);
  const { rss } = process.memoryUsage();
  globalThis.gc?.();
  const { heapUsed, heapTotal, external, arrayBuffers } = process.memoryUsage();
  const mb = (bytes) => Math.round((bytes / MB) * 10) / 10;
  count += 1;
  const line = { count, heldMs, p99Ms, cpuMs, rssMb: mb(rss), heapMb: mb(heapUsed), externalMb: mb(external) };
  // The collection above is not the server's doing.
  setTimeout(() => {
    delay.reset();
    const afterMs = process.cpuUsage().user / 1e3;
    process.stdout.write(
      `probe ${JSON.stringify({ ...line, afterMs, heapTotalMb: mb(heapTotal), buffersMb: mb(arrayBuffers) })}\n`,
    );
  }, SETTLE_MS);
});
