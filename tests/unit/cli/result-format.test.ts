import { describe, expect, it } from 'vitest';
import { formatResult } from '#internal/cli/result-format.js';

const result = {
  columns: [
    { name: 'round', type: 'int4' },
    { name: 'note', type: 'text' },
  ],
  rows: [
    [1, 'plain'],
    [12, 'a "quoted", one'],
    [3, null],
  ],
  truncated: false,
};

describe('query results', () => {
  it('as a table: numbers to the right, text to the left', () => {
    expect(formatResult(result, 'table').split('\n')).toEqual([
      'round  note',
      '-----  ---------------',
      '    1  plain',
      '   12  a "quoted", one',
      '    3',
      '',
    ]);
  });

  it('as a table that control characters cannot disturb', () => {
    const rows = [[1, 'line\nbreak\ttab \u001b[31mred\u009b\u2028\u202e.']];
    expect(formatResult({ ...result, rows }, 'table').split('\n')[2]).toBe(
      String.raw`    1  line\nbreak\ttab \u001b[31mred\u009b\u2028\u202e.`,
    );
  });

  it('as CSV by RFC 4180', () => {
    expect(formatResult(result, 'csv')).toBe('round,note\n1,plain\n12,"a ""quoted"", one"\n3,\n');
  });

  it('as JSON objects', () => {
    expect(JSON.parse(formatResult(result, 'json'))[1]).toEqual({ round: 12, note: 'a "quoted", one' });
  });

  it('without rows', () => {
    const empty = { ...result, rows: [] };
    expect(formatResult(empty, 'table')).toBe('round  note\n-----  ----\n');
    expect(formatResult(empty, 'json')).toBe('[]\n');
  });
});
