/** What a job makes: answers, events or definitions in a second; or what it takes: milliseconds, memory, times another's time. */
export type Unit = '/s' | 'ms' | 'MB' | 'times';

export interface Reference {
  /**
   * kube-apiserver 1.37.2 with etcd 3.7.3 on a machine with 2 cores, loaded over HTTP/2 and TLS. Machines differ: the
   * ratio to it means something on a machine of that kind only.
   */
  readonly figure: number;
  /** How many times the reference is asked of us; for milliseconds, the most that one may take. */
  readonly goal: number;
}

/** By the name of the job. */
export const REFERENCES: Readonly<Record<string, Reference>> = {
  'get-http2': { figure: 3_430, goal: 2 },
  'get-http1': { figure: 5_070, goal: 3 },
  create: { figure: 1_130, goal: 3 },
  update: { figure: 1_010, goal: 3 },
  'merge-patch': { figure: 900, goal: 3 },
  apply: { figure: 580, goal: 3 },
  'create-pod': { figure: 1_150, goal: 3 },
  'list-json': { figure: 8, goal: 5 },
  'list-table': { figure: 6, goal: 9 },
  'list-protobuf': { figure: 11, goal: 5 },
  'list-label': { figure: 110, goal: 15 },
  'list-page': { figure: 52, goal: 7 },
  'watch-fanout': { figure: 30_700, goal: 2 },
  'crd-served': { figure: 12, goal: 30 },
  'create-custom': { figure: 520, goal: 5 },
  memory: { figure: 978, goal: 400 },
};

/** The most that a job may take, whatever the machine. */
export const LIMITS: Readonly<Record<string, number>> = {
  'proxied-get': 1.5,
  'watch-selectors': 1.2,
  'proxied-watches': 200,
  'aggregated-discovery': 20,
};

/** The part of what a bare Node server makes that is asked of a job, whatever the machine. */
export const PARTS_OF_BARE: Readonly<
  Record<string, { readonly bare: 'bare-http1' | 'bare-http2'; readonly part: number }>
> = {
  'get-http2': { bare: 'bare-http2', part: 0.7 },
  'get-http1': { bare: 'bare-http1', part: 0.7 },
  create: { bare: 'bare-http2', part: 0.35 },
  update: { bare: 'bare-http2', part: 0.35 },
  'merge-patch': { bare: 'bare-http2', part: 0.35 },
};
