import type { BackendServer } from '../load/backend-server.js';
import type { Target } from '../load/plan.js';
import type { LoadPool } from '../load/pool.js';
import type { Api } from './api.js';
import type { Unit } from './reference.js';

export interface JobContext {
  readonly api: Api;
  readonly pool: LoadPool;
  readonly target: Target;
  readonly seconds: number;
  readonly warmupSeconds: number;
  /** Jobs end after as many answers as the reference gives in their time. */
  readonly sameWork: boolean;
  /** Differs from run to run: goes into names. */
  readonly run: string;
  /** The namespace of this run; exists. */
  readonly namespace: string;
  /** CPU time that the server's process has used so far, in microseconds; undefined where it is not on this machine. */
  cpuUs(): number | undefined;
  /** Resident memory of that process in MB; undefined likewise. */
  residentMb(): number | undefined;
  /** A server to aggregate, started by whoever asks first. */
  backend(): Promise<BackendServer>;
}

export interface JobResult {
  readonly value: number;
  readonly unit: Unit;
  readonly p50Ms?: number;
  readonly p99Ms?: number;
  readonly mbPerSecond?: number;
  /** CPU time of the server a request, in microseconds: steadier than a rate on a machine that does other work too. */
  readonly cpuUsPerRequest?: number | undefined;
  readonly errors: number;
  /** What went wrong first, or what was left out. */
  readonly notes: readonly string[];
}

export interface Job {
  readonly name: string;
  readonly about: string;
  run(context: JobContext): Promise<JobResult>;
}
