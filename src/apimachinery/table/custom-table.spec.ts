import { describe, expect, it } from 'vitest';
import { customTable, type PrinterColumn } from './custom-table.js';

const NOW = Date.parse('2026-05-01T00:01:30Z');
const object = {
  metadata: { name: 'one', creationTimestamp: '2026-05-01T00:00:00Z' },
  spec: {
    count: 3,
    ratio: 0.5,
    on: true,
    off: 'no',
    map: { b: '<2>', a: 1 },
    list: [1, 'x'],
    word: 'y',
    nothing: null,
    big: 1234567.5,
  },
};

function cell(type: string, jsonPath: string) {
  return customTable([{ name: 'C', type, jsonPath }]).row(object, { list: false, now: NOW }).cells[1];
}

describe('customTable', () => {
  it('shows name and age where the definition has no columns', () => {
    for (const columns of [undefined, null, [] as PrinterColumn[]]) {
      const table = customTable(columns);
      expect(table.columns.map(({ name }) => name)).toEqual(['Name', 'Age']);
      expect(table.row(object, { list: true, now: NOW }).cells).toEqual(['one', '90s']);
      expect(table.timeDependent).toBe(true);
    }
  });

  it('describes a column by its path where the definition does not', () => {
    expect(customTable([{ name: 'C', type: 'string', jsonPath: '.spec.word', priority: 1 }]).columns[1]).toEqual({
      name: 'C',
      type: 'string',
      format: '',
      description: 'Custom resource definition column (in JSONPath format): .spec.word',
      priority: 1,
    });
  });

  it.each([
    ['string', '.spec.word', 'y'],
    ['string', '.spec.count', '3'],
    ['string', '.spec.ratio', '0.5'],
    ['string', '.spec.big', '1.2345675e+06'],
    ['string', '.spec.on', 'true'],
    ['string', '.spec.map', '{"a":1,"b":"\\u003c2\\u003e"}'],
    ['string', '.spec.list', '[1,"x"]'],
    ['string', '.spec.none', null],
    ['integer', '.spec.count', 3],
    ['integer', '.spec.big', 1234567],
    ['integer', '.spec.word', null],
    ['number', '.spec.ratio', 0.5],
    ['boolean', '.spec.on', true],
    ['boolean', '.spec.off', null],
    ['date', '.metadata.creationTimestamp', '90s'],
    ['date', '.spec.word', '<invalid>'],
    ['date', '.spec.count', null],
  ])('a cell of type %s at %s is %j', (type, path, expected) => {
    expect(cell(type, path)).toBe(expected);
  });
});
