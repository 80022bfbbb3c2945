/** A message that got no answer: the text tells why. */
export class MessageError extends Error {
  constructor(
    message: string,
    readonly kind: 'unresolved' | 'unreachable' | 'timeout' | 'too large',
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'MessageError';
  }
}

export interface MessageStream {
  /** One message of the answer. */
  next(value: unknown): void;
  /** StatusError where the backend answered one, else MessageError. */
  error(error: Error): void;
  complete(): void;
}

/** Asks a microservice: a pattern, a message, and one answer or a stream of them. Connects when first used, and anew after a loss. */
export abstract class MessageClient {
  /** Where messages go, as messages to people name it; never throws. */
  abstract readonly address: string;

  /** Everything that the answer consists of, in order. @throws StatusError of the backend, MessageError */
  abstract request(pattern: string, message: object, options: RequestLimits): Promise<unknown[]>;

  /** Returns how to stop listening. */
  abstract stream(pattern: string, message: object, stream: MessageStream): () => void;

  abstract close(): Promise<void>;
}

export interface RequestLimits {
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}
