import { describe, expect, it } from 'vitest';
import { booleanOf, integerOf, optionsObject, portsOf, timeOf } from './query-options.js';

const query = (text: string): URLSearchParams => new URLSearchParams(text);

describe('options in a query', () => {
  it.each([
    ['', false],
    ['x=0', false],
    ['x=False', false],
    ['x=', true],
    ['x=1', true],
    ['x=no', true],
  ])('%j is the boolean %s', (text, value) => {
    expect(booleanOf(query(text), 'x')).toBe(value);
  });

  it('reads integers as Go does', () => {
    expect(integerOf(query('x=-7'), 'x')).toBe(-7);
    expect(integerOf(query(''), 'x')).toBeUndefined();
    expect(() => integerOf(query('x=1.5'), 'x')).toThrow('strconv.ParseInt: parsing "1.5": invalid syntax');
    expect(() => integerOf(query('x=9223372036854775808'), 'x')).toThrow('value out of range');
  });

  it('reads ports', () => {
    expect(portsOf(query('ports=80,443&ports=1'), 'ports')).toEqual([80, 443, 1]);
    expect(portsOf(query(''), 'ports')).toEqual([]);
    expect(() => portsOf(query('ports=65536'), 'ports')).toThrow('cannot convert to []int32: strconv.ParseUint');
    expect(() => portsOf(query('ports=web'), 'ports')).toThrow('parsing "web": invalid syntax');
  });

  it('reads times, to the second', () => {
    expect(timeOf(query('x=2026-01-02T03:04:05.999%2B02:00'), 'x')).toBe('2026-01-02T03:04:05+02:00');
    expect(timeOf(query(''), 'x')).toBeUndefined();
    expect(() => timeOf(query('x=yesterday'), 'x')).toThrow(
      'parsing time "yesterday" as "2006-01-02T15:04:05Z07:00": cannot parse "yesterday" as "2006"',
    );
    expect(() => timeOf(query('x=2026-02-30T00:00:00Z'), 'x')).toThrow('day out of range');
  });

  it('become an object without what is not given', () => {
    const object = optionsObject('PodExecOptions', {
      stdin: false,
      stdout: true,
      command: ['ls'],
      container: '',
      ports: [],
    });
    expect(object).toEqual({ apiVersion: 'v1', kind: 'PodExecOptions', stdout: true, command: ['ls'] });
  });
});
