import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { WorkQueue } from './work-queue.js';

const OPTIONS = { name: 'test', concurrency: 2, firstRetryMs: 1, lastRetryMs: 4, keysMax: 20 };

describe('WorkQueue', () => {
  it('runs a key once more when it is added while it runs, never twice at a time', async () => {
    const log: string[] = [];
    const queue = new WorkQueue(OPTIONS, async (key) => {
      log.push(`start ${key}`);
      await sleep(5);
      log.push(`end ${key}`);
    });
    queue.add('a');
    await sleep(1);
    queue.add('a');
    queue.add('a');
    await queue.idle();
    expect(log).toEqual(['start a', 'end a', 'start a', 'end a']);
  });

  it('works on no more keys at a time than allowed', async () => {
    let running = 0;
    let most = 0;
    const queue = new WorkQueue(OPTIONS, async () => {
      most = Math.max(most, ++running);
      await sleep(1);
      running--;
    });
    for (let i = 0; i < 10; i++) queue.add(String(i));
    await queue.idle();
    expect(most).toBe(2);
  });

  it('refuses keys beyond its limit, but not one that waits already', () => {
    const queue = new WorkQueue({ ...OPTIONS, keysMax: 1 }, async () => {});
    queue.add('a');
    queue.add('a');
    expect(() => queue.add('b')).toThrow('work queue test is full (1 keys)');
  });

  it('tries a failed key again, and not after it was stopped', async () => {
    let tries = 0;
    const errors: unknown[] = [];
    const queue = new WorkQueue({ ...OPTIONS, onError: (_key, error) => errors.push(error) }, async () => {
      if (++tries < 3) throw new Error('not yet');
    });
    queue.add('a');
    await expect.poll(() => tries).toBe(3);
    expect(errors).toHaveLength(2);
    await queue.stop();
    queue.add('a');
    await sleep(5);
    expect(tries).toBe(3);
  });
});
