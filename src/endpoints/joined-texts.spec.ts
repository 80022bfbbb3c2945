import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CHUNK_BYTES } from './chunks.js';
import { JoinedTexts } from './joined-texts.js';

const head = Buffer.from('{"items":[');
const tail = Buffer.from(']}\n');

describe('joined texts', () => {
  it('are the list, and as long as they said, whatever the items', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ maxLength: 2000 }), { maxLength: 50 }), fc.boolean(), (values, typed) => {
        const items = values.map((v) => Buffer.from(JSON.stringify({ v })));
        const prefix = typed ? Buffer.from('{"kind":"X",') : undefined;
        const body = new JoinedTexts(head, items, tail, prefix);
        const whole = body.concat();
        expect(whole.length).toBe(body.byteLength);
        const expected = values.map((v) => (typed ? { kind: 'X', v } : { v }));
        expect(JSON.parse(whole.toString())).toEqual({ items: expected });
      }),
    );
  });

  it('come in slices of bounded size, items bigger than a slice aside', () => {
    const items = Array.from({ length: 300 }, () => Buffer.from(JSON.stringify({ v: 'x'.repeat(10_000) })));
    const sizes = [...new JoinedTexts(head, items, tail).chunks()].map((chunk) => chunk.length);
    expect(sizes.length).toBeGreaterThan(2);
    for (const size of sizes) expect(size).toBeLessThanOrEqual(CHUNK_BYTES);
    const huge = ['a', 'y'.repeat(3 * CHUNK_BYTES), 'b'];
    const body = new JoinedTexts(
      head,
      huge.map((text) => Buffer.from(JSON.stringify(text))),
      tail,
    );
    expect(JSON.parse(body.concat().toString())).toEqual({ items: huge });
  });

  it('take one buffer, however long the list', () => {
    const items = Array.from({ length: 3000 }, () => Buffer.from(JSON.stringify({ v: 'x'.repeat(1_000) })));
    const buffers = new Set([...new JoinedTexts(head, items, tail).chunks()].map((chunk) => chunk.buffer));
    expect(buffers.size).toBe(1);
  });
});
