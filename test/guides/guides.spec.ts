import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PROJECT_ROOT } from '../support/project-root.js';
import { isShown, stepsOf } from './guide.js';
import { Reader } from './reader.js';

const GUIDES = ['write-a-plugin', 'embed', 'aggregate-a-service', 'write-a-backend'];
const read = (...path: string[]): string => readFileSync(join(PROJECT_ROOT, ...path), 'utf8');

describe('reading a guide', () => {
  it('finds files, commands and what they show', () => {
    const page =
      'Save this as `a.txt`:\n\n```text\nA\n```\n\n```sh\ncat a.txt\n```\n\n```console\n$ wc -c a.txt\n2 a.txt\n```\n';
    expect(stepsOf(page)).toEqual([
      { type: 'save', name: 'a.txt', text: 'A\n' },
      { type: 'run', command: 'cat a.txt', shows: undefined },
      { type: 'run', command: 'wc -c a.txt', shows: ['2 a.txt'] },
    ]);
  });

  it('finds what goes on, what needs a program, and lines that go on', () => {
    const page = '```sh background until="is up" needs=nats-server\nnats-server\n```\n\n```sh\na \\\n  b\nc\n```\n';
    expect(stepsOf(page)).toEqual([
      { type: 'leave', command: 'nats-server', until: 'is up', needs: 'nats-server' },
      { type: 'run', command: 'a b', shows: undefined },
      { type: 'run', command: 'c', shows: undefined },
    ]);
  });

  it.each([
    ['NAME    AGE\nbetty   1s', 'NAME    AGE\nbetty   17s\n', true],
    ['NAME    AGE\nbetty   1s', 'NAME    AGE\nbob     1s\n', false],
    ['a\n...\nd', 'a\nb\nc\nd\n', true],
    ['a\n...\nd', 'a\nb\nc\n', false],
  ])('takes %j for %j: %s', (shows, output, verdict) => {
    expect(isShown(output, shows.split('\n'))).toBe(verdict);
  });
});

describe.each(GUIDES)('docs/guides/%s.md', (name) => {
  let reader: Reader | undefined;
  beforeAll(async () => {
    reader = await Reader.make();
    if (reader === undefined)
      process.stdout.write(`${name}: no kubectl on this machine, so the guide is not followed\n`);
  });
  afterAll(() => reader?.leave());

  it('gives who follows it what it shows', async () => {
    for (const step of stepsOf(read('docs', 'guides', `${name}.md`))) await reader?.follow(step);
  }, 180_000);
});

describe('docs/guides/write-a-plugin.md', () => {
  it('shows the smallest example as it is', () => {
    expect(read('docs', 'guides', 'write-a-plugin.md')).toContain(read('examples', 'teapots', 'teapots.plugin.ts'));
  });
});
