import type { Job } from './job.js';

/** What the server's process holds once all jobs are done. Means something beside the reference only after the same work. */
export const MEMORY: Job = {
  name: 'memory',
  about: 'resident after the same work',
  async run({ residentMb }) {
    const value = residentMb();
    if (value === undefined) return { value: 0, unit: 'MB', errors: 1, notes: ['the server is not on this machine'] };
    return { value, unit: 'MB', errors: 0, notes: [] };
  },
};
