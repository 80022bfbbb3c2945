import { expect, it } from 'vitest';
import { logUnreadable } from './storage-log.js';

it('says of each object that cannot be read which it is and what to do', () => {
  const lines: string[] = [];
  const observer = logUnreadable({
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
