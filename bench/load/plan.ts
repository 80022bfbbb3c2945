/** Which protocol a client speaks. */
export type Protocol = 'http/1.1' | 'http/2';

/** How to reach and convince a server. Files are read already: PEM texts. */
export interface Target {
  readonly url: string;
  readonly token?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
}

export interface LoadRequest {
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** `{n}` is the number of the request, `{c}` of the client, wherever they stand in the body or the path. */
  readonly body?: string;
}

/** One job of the generator: the same request again and again, by clients that each wait for an answer. */
export interface LoadPlan {
  readonly protocol: Protocol;
  readonly clients: number;
  readonly seconds: number;
  readonly warmupSeconds: number;
  /** Ends after so many answers, if that comes first. */
  readonly answersMax?: number | undefined;
  readonly request: LoadRequest;
}

export interface LoadResult {
  /** Answered with success within the measured time. */
  readonly requests: number;
  /** Answered with success in all, the warm-up included. */
  readonly answered: number;
  readonly seconds: number;
  /** Milliseconds, sorted. */
  readonly latenciesMs: Float64Array;
  /** How often which status came that is no success, `0` for a broken connection; with the first answer's text. */
  readonly errors: Record<number, { count: number; first: string }>;
  readonly bytes: number;
}
