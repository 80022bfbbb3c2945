import type { KindPolicy } from '../kind-policy.js';
import { cronJobPolicy } from './cron-job.policy.js';
import { jobPolicy } from './job.policy.js';

export const batchPolicies: readonly KindPolicy[] = [cronJobPolicy, jobPolicy];
