import { expect, it } from 'vitest';
import { logStorage } from './storage-log.js';

it('says of each object that cannot be read which it is and what to do', () => {
  const lines: string[] = [];
  const observer = logStorage({
    error: (line) => lines.push(`ERROR ${line}`),
    log: (line) => lines.push(`INFO ${line}`),
  });
  const object = {
    collection: '/secrets',
    key: 'n/a',
    namespace: 'n',
    name: 'a',
    revision: 12,
    fault: 'invalid UTF-8',
  };
  observer.corrupt!(object);
  observer.corrupt!({ ...object, collection: 'example.com/teapots' });
  observer.historyCut!('/secrets', 20);
  expect(lines).toEqual([
    expect.stringMatching(
      /^ERROR secrets n\/a cannot be read \(revision 12: invalid UTF-8\).*Delete it with ignoreStore/,
    ),
    expect.stringMatching(/^ERROR teapots\.example\.com n\/a cannot be read/),
    expect.stringMatching(/^INFO what secrets were before revision 20/),
  ]);
});

it('tells of failed writes, a line for many', () => {
  const lines: string[] = [];
  let now = 0;
  const observer = logStorage({ error: (line) => lines.push(line), log: () => {} }, () => now);
  const full = new Error('SQLITE_FULL: database or disk is full');
  observer.commitFailed!(3, full);
  observer.commitFailed!(2, full);
  now = 9_000;
  observer.commitFailed!(4, full);
  now = 11_000;
  observer.commitFailed!(1, full);
  expect(lines).toEqual([
    expect.stringMatching(/^3 writes failed and left nothing: SQLITE_FULL.*; check that the database has room/),
    expect.stringMatching(/^7 writes failed/),
  ]);
});

it('tells of compactions and watches that failed', () => {
  const lines: string[] = [];
  const observer = logStorage({ error: (line) => lines.push(line), log: () => {} });
  observer.compactionFailed!(new Error('locked'));
  observer.watchFailed!('apps/deployments', 'odd');
  expect(lines).toEqual([
    expect.stringMatching(/^old revisions could not be forgotten: locked;/),
    'a watch of deployments.apps was ended by a fault: odd',
  ]);
});
