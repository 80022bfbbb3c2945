import type { Readable } from 'node:stream';
import { requestEntityTooLarge, type StatusError } from '../apimachinery/errors/status-error.js';
import { ClientGone } from './client-gone.js';
import { Http2Request } from './http2-messages.js';
import type { RawRequest } from './raw.js';

const EMPTY = Buffer.alloc(0);

/** A request's body, read when somebody asks for it: bounded in size, and in time by whoever aborts it. */
export class RequestBody {
  private pending: Promise<Buffer> | Buffer | undefined;
  private fail: ((reason: Error) => void) | undefined;

  constructor(
    private readonly raw: RawRequest,
    private readonly sizeBytesMax: number,
  ) {}

  /** @throws StatusError 413 above the limit; what aborted it, when the client goes or the request's time is up */
  whole(): Promise<Buffer> | Buffer {
    this.pending ??= this.start();
    return this.pending;
  }

  stream(): Readable {
    return this.raw instanceof Http2Request ? this.raw.body() : this.raw;
  }

  abort(reason: Error): void {
    this.fail?.(reason);
  }

  private start(): Promise<Buffer> | Buffer {
    const { headers } = this.raw;
    const declared = headers['content-length'];
    const none = declared === undefined ? headers['transfer-encoding'] === undefined && this.isHttp1 : declared === '0';
    if (none || this.raw.readableEnded) return EMPTY;
    if (declared !== undefined && Number(declared) > this.sizeBytesMax) return Promise.reject(this.tooLarge());
    return this.read();
  }

  private get isHttp1(): boolean {
    return this.raw.httpVersionMajor === 1;
  }

  private read(): Promise<Buffer> {
    const { raw } = this;
    return new Promise<Buffer>((resolve, reject) => {
      const chunks: Buffer[] = [];
      let size = 0;
      const settle = (error: Error | undefined): void => {
        raw.off('data', onData).off('end', onEnd).off('error', onClose).off('close', onClose);
        this.fail = undefined;
        if (error === undefined) resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, size));
        else reject(error);
      };
      const onData = (chunk: Buffer): void => {
        size += chunk.length;
        chunks.push(chunk);
        if (size <= this.sizeBytesMax) return;
        raw.pause();
        settle(this.tooLarge());
      };
      const onEnd = (): void => settle(undefined);
      const onClose = (): void =>
        settle(new ClientGone('the client closed the connection before the body was complete'));
      this.fail = settle;
      raw.on('data', onData).on('end', onEnd).on('error', onClose).on('close', onClose);
    });
  }

  private tooLarge(): StatusError {
    return requestEntityTooLarge(`Request entity too large: limit is ${this.sizeBytesMax}`);
  }
}
