import { describe, expect, it } from 'vitest';
import { createLogger, NestLogger } from './logging.js';

function capture(logFormat: 'text' | 'json', logLevel = 'info') {
  const lines: string[] = [];
  const logger = createLogger({ logLevel, logFormat }, { write: (line) => void lines.push(line) });
  return { lines, logger };
}

describe('logging', () => {
  it('writes lines for people', () => {
    const { lines, logger } = capture('text');
    new NestLogger(logger).warn('disk is slow', 'storage');
    expect(lines[0]).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z WARN \[storage\] disk is slow\n$/);
  });

  it('writes JSON for machines, with the stack of an error', () => {
    const { lines, logger } = capture('json');
    new NestLogger(logger).error('it broke', 'Error: it broke\n at x', 'http');
    expect(JSON.parse(lines[0]!)).toMatchObject({ msg: 'it broke', context: 'http', stack: 'Error: it broke\n at x' });
  });

  it('keeps secrets to itself', () => {
    const { lines, logger } = capture('json');
    logger.info({ token: 'abc', headers: { authorization: 'Bearer abc' } }, 'asked');
    expect(lines[0]).not.toContain('abc');
  });

  it('leaves out what is below the level', () => {
    const { lines, logger } = capture('text', 'warn');
    new NestLogger(logger).log('started', 'nest');
    expect(lines).toEqual([]);
  });
});
