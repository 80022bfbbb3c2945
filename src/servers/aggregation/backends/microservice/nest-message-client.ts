import type { ClientOptions, ClientProxy, CustomClientOptions } from '@nestjs/microservices';
import { Subscription } from 'rxjs';
import {
  requestEntityTooLarge,
  type StatusDetails,
  StatusError,
} from '../../../../apimachinery/errors/status-error.js';
import { isJsonObject } from '../../../../apimachinery/meta/json.js';
import { encodeJson } from '../../../../apimachinery/runtime/json.js';
import { ServiceResolutionError } from '../../service-resolver.js';
import { MessageClient, MessageError, type MessageStream, type RequestLimits } from './message-client.js';

/** How to make a client of a transport. Loads what it needs. @throws Error telling what to mend */
export type ConnectOptions = (address: string) => Promise<ClientOptions | CustomClientOptions>;

/** Named limit: how long a connection may take. */
const CONNECT_TIMEOUT_MS = 5_000;
/** Named limit: messages of one answer that is no stream. */
const ANSWER_MESSAGES_MAX = 10_000;

interface Connection {
  /** Undefined until it is made. */
  proxy: ClientProxy | undefined;
  /** Resolves once it stands. */
  ready: Promise<ClientProxy>;
}

/** A client of Nest's, whatever the transport. Nest's packages are loaded with the first message. */
export class NestMessageClient extends MessageClient {
  private connection: Connection | undefined;
  private connectedTo = '';
  private closed = false;

  /**
   * @param resolve `host:port` of the next connection @throws ServiceResolutionError
   * @param onLost called when a connection that stood is lost
   */
  constructor(
    private readonly scheme: string,
    private readonly resolve: () => string,
    private readonly connectOptions: ConnectOptions,
    private readonly onLost: () => void,
  ) {
    super();
  }

  override get address(): string {
    return `${this.scheme}://${this.connectedTo}`;
  }

  override async request(pattern: string, message: object, { timeoutMs, signal }: RequestLimits): Promise<unknown[]> {
    const proxy = await this.connect();
    return new Promise((resolve, reject) => {
      const values: unknown[] = [];
      const subscription = new Subscription();
      const finish = (settle: () => void): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', onAbort);
        subscription.unsubscribe();
        settle();
      };
      const fail = (text: string, kind: MessageError['kind']): void =>
        finish(() => reject(new MessageError(text, kind)));
      const onAbort = (): void => fail('the request was given up', 'timeout');
      const timer = setTimeout(() => fail(`no answer to ${pattern} within ${timeoutMs} ms`, 'timeout'), timeoutMs);
      const answers = proxy.send<unknown, unknown>(pattern, plain(message)).subscribe({
        next: (value) => {
          values.push(value);
          if (values.length > ANSWER_MESSAGES_MAX)
            fail(`an answer of more than ${ANSWER_MESSAGES_MAX} messages`, 'too large');
        },
        error: (error: unknown) => finish(() => reject(errorOf(error))),
        complete: () => finish(() => resolve(values)),
      });
      subscription.add(answers);
      if (signal?.aborted === true) onAbort();
      else signal?.addEventListener('abort', onAbort);
    });
  }

  override stream(pattern: string, message: object, stream: MessageStream): () => void {
    let stopped = false;
    let stop = (): void => {};
    this.connect().then(
      (proxy) => {
        if (stopped) return;
        const subscription = proxy.send<unknown, unknown>(pattern, plain(message)).subscribe({
          next: (value) => stopped || stream.next(value),
          error: (error: unknown) => stopped || stream.error(errorOf(error)),
          complete: () => stopped || stream.complete(),
        });
        stop = () => subscription.unsubscribe();
        if (stopped) stop();
      },
      (error: Error) => stopped || stream.error(error),
    );
    return () => {
      stopped = true;
      stop();
    };
  }

  override async close(): Promise<void> {
    this.closed = true;
    const { connection } = this;
    this.connection = undefined;
    await connection?.proxy?.close();
  }

  /** @throws MessageError */
  private async connect(): Promise<ClientProxy> {
    if (this.closed) throw new MessageError('the backend was replaced', 'unreachable');
    this.connection ??= this.open();
    const { connection } = this;
    try {
      return await connection.ready;
    } catch (error) {
      this.drop(connection);
      throw connectError(error);
    }
  }

  private open(): Connection {
    const connection = { proxy: undefined } as Connection;
    connection.ready = this.establish(connection);
    return connection;
  }

  /** A lost connection is given up: the next message makes a new one, to an address resolved anew. */
  private async establish(connection: Connection): Promise<ClientProxy> {
    const address = this.resolve();
    this.connectedTo = address;
    const options = await this.connectOptions(address);
    const { ClientProxyFactory } = await import('@nestjs/microservices');
    const proxy = ClientProxyFactory.create(options as ClientOptions) as ClientProxy;
    connection.proxy = proxy;
    await withTimeout(proxy.connect() as Promise<unknown>);
    proxy.status.subscribe((status) => {
      if (status !== 'disconnected' || this.connection !== connection) return;
      this.drop(connection);
      this.onLost();
    });
    return proxy;
  }

  private drop(connection: Connection): void {
    if (this.connection !== connection) return;
    this.connection = undefined;
    void Promise.resolve()
      .then(() => connection.proxy?.close())
      .catch(() => {});
  }
}

/** As transports can write it: none takes integers beyond a double. */
function plain(message: object): object {
  return JSON.parse(encodeJson(message as never)) as object;
}

function withTimeout<T>(connecting: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new MessageError('i/o timeout', 'unreachable')), CONNECT_TIMEOUT_MS);
  });
  return Promise.race([connecting, late]).finally(() => clearTimeout(timer));
}

function connectError(error: unknown): MessageError {
  if (error instanceof MessageError) return error;
  if (error instanceof ServiceResolutionError) return new MessageError(error.message, 'unresolved', { cause: error });
  const { code } = error as { code?: unknown };
  const text = code === 'ECONNREFUSED' ? 'connect: connection refused' : textOf(error);
  return new MessageError(text, 'unreachable', { cause: error });
}

/** A Status that the backend sent becomes the StatusError it was; anything else is a failure on the way. */
export function errorOf(error: unknown): Error {
  if (isJsonObject(error) && error['kind'] === 'Status') {
    const { code, reason, message, details } = error;
    if (typeof code === 'number' && code >= 400 && code <= 599) {
      return new StatusError(code, String(reason ?? ''), String(message ?? ''), details as StatusDetails | undefined);
    }
  }
  const text = textOf(error);
  // The NATS client refuses what its server would not take.
  if (/max_payload/i.test(text))
    return requestEntityTooLarge(`the message is larger than its transport takes: ${text}`);
  return new MessageError(text, 'unreachable');
}

function textOf(error: unknown): string {
  if (error instanceof Error) return error.message;
  if (isJsonObject(error) && typeof error['message'] === 'string') return error['message'];
  return String(error);
}
