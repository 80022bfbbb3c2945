import { describe, expect, it } from 'vitest';
import { EncodingBudget } from './encodings.js';

describe('EncodingBudget', () => {
  it('never holds more than its bytes and lets the oldest go first', () => {
    const budget = new EncodingBudget(1_000);
    const entries = Array.from({ length: 30 }, () => budget.add(Buffer.alloc(100))!);
    expect(budget.bytes).toBeLessThanOrEqual(1_000);
    expect(entries.map(({ bytes }) => bytes !== undefined)).toEqual([
      ...Array(20).fill(false),
      ...Array(10).fill(true),
    ]);
  });

  it('keeps what is used over what is not', () => {
    const budget = new EncodingBudget(1_000);
    const used = budget.add(Buffer.alloc(100))!;
    for (let i = 0; i < 100; i++) {
      used.used = true;
      budget.add(Buffer.alloc(100));
    }
    expect(used.bytes).toBeDefined();
    expect(budget.bytes).toBeLessThanOrEqual(1_000);
  });

  it('does not keep what would push out most of the others', () => {
    const budget = new EncodingBudget(1_000);
    expect(budget.add(Buffer.alloc(200))).toBeUndefined();
    expect(budget.bytes).toBe(0);
  });

  it('has room again after a release, however often it is released', () => {
    const budget = new EncodingBudget(1_000);
    const entry = budget.add(Buffer.alloc(100))!;
    budget.release(entry);
    budget.release(entry);
    expect(budget.bytes).toBe(0);
  });
});
