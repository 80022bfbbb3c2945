import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  controlFrame,
  dataFrame,
  FIN,
  type Frame,
  FrameReader,
  SYN_REPLY,
  SYN_STREAM,
  uint32,
} from '../../client/spdy/frames.js';
import { type CommandStreams, RemoteCommand } from './remote-command.js';

const UNTIL_MS = 5_000;

describe('a command by SPDY', () => {
  let server: Server;

  beforeAll(async () => {
    server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });

  afterAll(() => new Promise((resolve) => server.close(resolve)));

  /** The command, the other side of its connection, and what was heard there. */
  async function run(streams: CommandStreams) {
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
    const [other] = (await once(server, 'connection')) as [Socket];
    const command = new RemoteCommand(socket, streams);
    const reader = new FrameReader();
    const heard: Frame[] = [];
    const opened: number[] = [];
    other.on('error', () => {});
    other.on('data', (chunk: Buffer) => {
      for (const frame of reader.take(chunk)) {
        heard.push(frame);
        if (frame.type !== SYN_STREAM) continue;
        opened.push(frame.streamId);
        other.write(controlFrame(SYN_REPLY, uint32(frame.streamId)));
      }
    });
    const until = async (what: () => boolean): Promise<void> => {
      for (const end = Date.now() + UNTIL_MS; !what() && Date.now() < end; ) await delay(5);
    };
    const names = () =>
      heard
        .filter(({ type }) => type === SYN_STREAM)
        .map(({ payload }) => /streamtype.{4}([a-z]+)/s.exec(payload.toString('latin1'))?.[1]);
    return { command, other, heard, opened, until, names };
  }

  it('has the streams that were asked for, errors first', async () => {
    const all = await run({ stdin: true, stdout: true, stderr: true, tty: false });
    await all.until(() => all.opened.length === 4);
    expect(all.names()).toEqual(['error', 'stdin', 'stdout', 'stderr']);
    const terminal = await run({ stdin: true, stdout: true, stderr: true, tty: true });
    await terminal.until(() => terminal.opened.length === 4);
    expect(terminal.names()).toEqual(['error', 'stdin', 'stdout', 'resize']);
    all.command.destroy();
    terminal.command.destroy();
  });

  it('is fed and read by channels, and ends when all that it says has been said', async () => {
    const { command, other, heard, opened, until } = await run({ stdin: true, stdout: true, stderr: false, tty: true });
    await until(() => opened.length === 4);
    const [error, stdin, stdout, resize] = opened as [number, number, number, number];
    command.write(Buffer.from('\0typed'));
    command.write(Buffer.from('\x04{"Width":80}'));
    command.write(Buffer.from('\x07to nobody'));
    command.write(Buffer.from([255, 0]));
    const dataOf = (id: number) => heard.filter(({ type, streamId }) => type === 0 && streamId === id);
    await until(() => dataOf(stdin).length === 2 && dataOf(resize).length === 1);
    expect(dataOf(stdin).map(({ payload, flags }) => [payload.toString(), flags])).toEqual([
      ['typed', 0],
      ['', FIN],
    ]);
    expect(dataOf(resize).map(({ payload }) => payload.toString())).toEqual(['{"Width":80}']);
    const messages: string[] = [];
    command.on('data', (message: Buffer) => messages.push(message.toString('latin1')));
    other.write(dataFrame(stdout, Buffer.from('shown'), 0));
    other.write(dataFrame(error, Buffer.from('{"status":"Success"}'), FIN));
    await until(() => messages.length === 2);
    expect(messages).toEqual(['\x01shown', '\x03{"status":"Success"}']);
    expect(command.readableEnded).toBe(false);
    other.write(dataFrame(stdout, Buffer.from('last'), FIN));
    await once(command, 'end');
    expect(messages.at(-1)).toBe('\x01last');
    command.destroy();
  });

  it('ends with the connection, and the connection with the client', async () => {
    const cut = await run({ stdin: false, stdout: true, stderr: false, tty: false });
    cut.command.resume();
    cut.other.destroy();
    await once(cut.command, 'end');
    const left = await run({ stdin: false, stdout: true, stderr: false, tty: false });
    left.command.end();
    await once(left.other, 'close');
  });
});
