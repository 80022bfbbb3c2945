import { describe, expect, it } from 'vitest';
import { LineQueue } from './line-queue.js';

async function collect(lines: LineQueue): Promise<string[]> {
  const read: string[] = [];
  for await (const line of lines) read.push(line);
  return read;
}

describe('LineQueue', () => {
  it('gives whole lines, wherever chunks end', async () => {
    const lines = new LineQueue();
    const bytes = Buffer.from('{"a":"ä"}\n{"b":1}\n');
    for (const byte of bytes) lines.write(Buffer.from([byte]));
    lines.end();
    expect(await collect(lines)).toEqual(['{"a":"ä"}', '{"b":1}']);
  });

  it('lets the reader wait, and tells the writer when it is over', async () => {
    const lines = new LineQueue();
    let closed = 0;
    lines.onClose(() => closed++);
    const reading = collect(lines);
    lines.write(Buffer.from('a\n'));
    await Promise.resolve();
    lines.write(Buffer.from('b\n'));
    lines.end();
    lines.end();
    expect([await reading, closed]).toEqual([['a', 'b'], 1]);
  });

  it('ends where nobody reads what is written', async () => {
    const lines = new LineQueue();
    let closed = false;
    lines.onClose(() => {
      closed = true;
    });
    const line = Buffer.from(`${'x'.repeat(1024 * 1024)}\n`);
    for (let i = 0; i < 20; i++) lines.write(line);
    expect(closed).toBe(true);
    expect((await collect(lines)).length).toBeLessThan(20);
  });
});
