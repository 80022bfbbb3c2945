import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { createInflate } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  controlFrame,
  dataFrame,
  FIN,
  type Frame,
  FrameReader,
  GOAWAY,
  headerBlock,
  PING,
  SYN_REPLY,
  uint32,
} from './frames.js';
import { SpdyConnection } from './spdy-connection.js';

const UNTIL_MS = 5_000;
const reply = (id: number): Buffer => controlFrame(SYN_REPLY, uint32(id));

describe('frames', () => {
  it('come out whole, wherever they are cut', () => {
    const frame = fc.oneof(
      fc.record({ id: fc.integer({ min: 1, max: 99 }), payload: fc.uint8Array({ maxLength: 50 }) }),
      fc.constant(undefined),
    );
    fc.assert(
      fc.property(fc.array(frame), fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1 }), (frames, cuts) => {
        const sent = frames.map((each) =>
          each === undefined ? controlFrame(PING, uint32(2)) : dataFrame(each.id, Buffer.from(each.payload), FIN),
        );
        const bytes = Buffer.concat(sent);
        const reader = new FrameReader();
        const got: Frame[] = [];
        for (let at = 0, n = 0; at < bytes.length; n++) {
          const next = at + cuts[n % cuts.length]!;
          got.push(...reader.take(bytes.subarray(at, next)));
          at = next;
        }
        expect(got.map((each) => each.bytes.toString('hex'))).toEqual(sent.map((each) => each.toString('hex')));
      }),
    );
  });

  it('are refused when they are too big for anybody', () => {
    const huge = Buffer.alloc(8);
    huge.writeUIntBE(0xffffff, 5, 3);
    expect(() => new FrameReader().take(huge)).toThrow('a SPDY frame of 16777223 bytes');
  });

  it('carry headers as one zlib stream', async () => {
    const inflate = createInflate();
    const blocks = [headerBlock({ streamtype: 'error' }, true), headerBlock({ streamtype: 'stdin', a: 'b' }, false)];
    for (const block of blocks) inflate.write(block);
    const [text] = (await once(inflate, 'data')) as [Buffer];
    const entry = (value: string) => Buffer.concat([uint32(value.length), Buffer.from(value)]);
    const first = Buffer.concat([uint32(1), entry('streamtype'), entry('error')]);
    expect(text.subarray(0, first.length)).toEqual(first);
  });
});

describe('a connection', () => {
  let server: Server;
  let client: Socket;
  let other: Socket;
  let connection: SpdyConnection;
  let frames: Frame[];

  beforeAll(async () => {
    server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });

  beforeEach(async () => {
    client = connect((server.address() as AddressInfo).port, '127.0.0.1');
    [other] = (await once(server, 'connection')) as [Socket];
    frames = [];
    const reader = new FrameReader();
    other.on('error', () => {});
    other.on('data', (chunk: Buffer) => frames.push(...reader.take(chunk)));
    connection = new SpdyConnection(client);
  });

  afterEach(() => {
    connection.close();
    other.destroy();
  });

  afterAll(() => new Promise((resolve) => server.close(resolve)));

  const until = async (what: () => boolean): Promise<void> => {
    for (const end = Date.now() + UNTIL_MS; !what() && Date.now() < end; ) await delay(5);
  };
  const dataOf = (id: number): Frame[] => frames.filter(({ type, streamId }) => type === 0 && streamId === id);

  it('opens streams with odd numbers, and says nothing on one before the reply', async () => {
    const [one, two] = [connection.open({ streamtype: 'error' }), connection.open({ streamtype: 'stdin' })];
    two.end('x'.repeat(100_000));
    await until(() => frames.length === 2);
    expect(frames.map(({ type, streamId }) => [type, streamId])).toEqual([
      [1, 1],
      [1, 3],
    ]);
    await delay(20);
    expect(dataOf(3)).toEqual([]);
    other.write(reply(3));
    await until(() => dataOf(3).at(-1)?.flags === FIN);
    expect(dataOf(3).reduce((sum, { payload }) => sum + payload.length, 0)).toBe(100_000);
    expect(Math.max(...dataOf(3).map(({ payload }) => payload.length))).toBe(32_768);
    expect(one.readableEnded).toBe(false);
  });

  it('gives each stream its bytes and its end', async () => {
    const [one, two] = [connection.open({}), connection.open({})];
    const read = async (stream: AsyncIterable<Buffer>): Promise<string> => {
      let text = '';
      for await (const chunk of stream) text += String(chunk);
      return text;
    };
    other.write(Buffer.concat([dataFrame(1, Buffer.from('er'), 0), dataFrame(3, Buffer.from('out'), FIN)]));
    other.write(Buffer.concat([dataFrame(1, Buffer.from('ror'), FIN), dataFrame(1, Buffer.from('late'), 0)]));
    expect(await Promise.all([read(one), read(two)])).toEqual(['error', 'out']);
  });

  it('answers pings, and ends all streams with itself', async () => {
    const stream = connection.open({});
    other.write(controlFrame(PING, uint32(2)));
    await until(() => frames.some(({ type }) => type === PING));
    expect(frames.find(({ type }) => type === PING)?.streamId).toBe(2);
    stream.resume();
    const ended = once(stream, 'end');
    other.write(controlFrame(GOAWAY, Buffer.alloc(8)));
    await ended;
    const late = connection.open({});
    late.resume();
    other.destroy();
    await once(late, 'end');
  });

  it('is held back by a stream that nobody reads', async () => {
    const stream = connection.open({});
    let sent = 0;
    const piece = dataFrame(1, Buffer.alloc(32_768), 0);
    while (other.write(piece) || sent < 200) {
      sent++;
      if (sent > 2_000) break;
      if (sent % 50 === 0) await delay(1);
    }
    await delay(50);
    expect(stream.readableLength).toBeLessThan(1 << 20);
    expect(client.isPaused()).toBe(true);
    let bytes = 0;
    stream.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
    });
    await until(() => other.writableLength === 0);
    expect(bytes).toBeGreaterThan(1 << 20);
  });

  it('is closed for what is no SPDY', async () => {
    const stream = connection.open({});
    stream.resume();
    other.write(Buffer.alloc(16, 0xff));
    await once(stream, 'end');
    expect(client.destroyed).toBe(true);
  });
});
