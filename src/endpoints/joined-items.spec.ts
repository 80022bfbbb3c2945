import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { JoinedItems, JSON_TEXTS, jsonTextsWith } from './joined-items.js';
import { SLICE_BYTES } from './slices.js';

const head = Buffer.from('{"items":[');
const tail = Buffer.from(']}\n');
const texts = (items: readonly Buffer[]) => new JoinedItems(head, items, tail, JSON_TEXTS);

describe('joined items', () => {
  it('are the list, and as long as they said, whatever the items', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ maxLength: 2000 }), { maxLength: 50 }), fc.boolean(), (values, typed) => {
        const items = values.map((v) => Buffer.from(JSON.stringify({ v })));
        const writer = typed ? jsonTextsWith(Buffer.from('{"kind":"X",')) : JSON_TEXTS;
        const body = new JoinedItems(head, items, tail, writer);
        const whole = body.concat();
        expect(whole.length).toBe(body.byteLength);
        const expected = values.map((v) => (typed ? { kind: 'X', v } : { v }));
        expect(JSON.parse(whole.toString())).toEqual({ items: expected });
      }),
    );
  });

  it('come in slices of bounded size, items bigger than a slice aside', () => {
    const items = Array.from({ length: 300 }, () => Buffer.from(JSON.stringify({ v: 'x'.repeat(10_000) })));
    const sizes = [...texts(items).chunks()].map((chunk) => chunk.length);
    expect(sizes.length).toBeGreaterThan(2);
    for (const size of sizes) expect(size).toBeLessThanOrEqual(SLICE_BYTES);
    const huge = ['a', 'y'.repeat(3 * SLICE_BYTES), 'b'];
    const body = texts(huge.map((text) => Buffer.from(JSON.stringify(text))));
    expect(JSON.parse(body.concat().toString())).toEqual({ items: huge });
  });

  it('take one buffer, however long the list', () => {
    const items = Array.from({ length: 3000 }, () => Buffer.from(JSON.stringify({ v: 'x'.repeat(1_000) })));
    const buffers = new Set([...texts(items).chunks()].map((chunk) => chunk.buffer));
    expect(buffers.size).toBe(1);
  });

  it('leave the buffer of an answer that was given up alone', () => {
    const items = Array.from({ length: 3000 }, () => Buffer.from(JSON.stringify({ v: 'x'.repeat(1_000) })));
    const givenUp = texts(items).chunks();
    const inFlight: Buffer = givenUp.next().value;
    givenUp.return(undefined);
    for (let i = 0; i < 20; i++) {
      for (const chunk of texts(items).chunks()) expect(chunk.buffer).not.toBe(inFlight.buffer);
    }
  });
});
