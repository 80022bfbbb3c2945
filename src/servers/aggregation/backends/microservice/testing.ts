import type { JsonObject } from '../../../../apimachinery/meta/json.js';
import { MessageClient, type MessageStream } from './message-client.js';

/** What a fake backend is asked. */
export interface Asked {
  readonly pattern: string;
  readonly message: JsonObject;
}

/** A client whose answers a test gives: each call of `answer` is one message. */
export class FakeClient extends MessageClient {
  override readonly address = 'fake:';
  readonly asked: Asked[] = [];
  /** Streams that are open, the latest last. */
  readonly streams: (Asked & { readonly stream: MessageStream })[] = [];

  constructor(private readonly answer: (asked: Asked) => unknown[]) {
    super();
  }

  override async request(pattern: string, message: object): Promise<unknown[]> {
    const asked = { pattern, message: message as JsonObject };
    this.asked.push(asked);
    return this.answer(asked);
  }

  override stream(pattern: string, message: object, stream: MessageStream): () => void {
    const open = { pattern, message: message as JsonObject, stream };
    this.streams.push(open);
    return () => {
      if (this.streams.includes(open)) this.streams.splice(this.streams.indexOf(open), 1);
    };
  }

  override async close(): Promise<void> {}
}
