import { StringDecoder } from 'node:string_decoder';
import type { StreamSink } from '../endpoints/answer.js';

/** What may wait for a reader in the same process that does not read; then the stream ends. */
const WAITING_BYTES_MAX = 16 * 1024 * 1024;

/** Takes a stream of lines and gives them to one reader, in order. */
export class LineQueue implements StreamSink, AsyncIterable<string> {
  private readonly lines: string[] = [];
  private readonly decoder = new StringDecoder('utf8');
  private rest = '';
  private waitingBytes = 0;
  private ended = false;
  private wake: (() => void) | undefined;
  private closeListeners: (() => void)[] = [];

  write(chunk: Buffer): number {
    if (this.ended) return 0;
    const parts = (this.rest + this.decoder.write(chunk)).split('\n');
    this.rest = parts.pop() ?? '';
    for (const line of parts) {
      if (line === '') continue;
      this.lines.push(line);
      this.waitingBytes += line.length;
    }
    if (this.waitingBytes > WAITING_BYTES_MAX) this.end();
    this.wake?.();
    return this.waitingBytes;
  }

  end(): void {
    if (this.ended) return;
    this.ended = true;
    this.wake?.();
    const listeners = this.closeListeners;
    this.closeListeners = [];
    for (const listener of listeners) listener();
  }

  onClose(listener: () => void): void {
    if (this.ended) listener();
    else this.closeListeners.push(listener);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<string, void, undefined> {
    for (;;) {
      const line = this.lines.shift();
      if (line !== undefined) {
        this.waitingBytes -= line.length;
        yield line;
      } else if (this.ended) return;
      else await this.more();
    }
  }

  private async more(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.wake = resolve;
    });
    this.wake = undefined;
  }
}
