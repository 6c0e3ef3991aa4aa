import { describe, expect, test } from 'vitest';
import { Rows } from './rows';

const shown = (rows: Rows) => Array.from({ length: rows.count }, (_, row) => rows.line(row));

describe('the rows of a log', () => {
  test('are its lines while nothing is folded', () => {
    expect(shown(Rows.without(3, []))).toEqual([1, 2, 3]);
    expect(Rows.without(0, []).count).toBe(0);
  });
  test('are without what is folded, however the folds overlap', () => {
    const rows = Rows.without(10, [
      { from: 8, to: 20 },
      { from: 2, to: 4 },
      { from: 3, to: 5 },
    ]);
    expect(shown(rows)).toEqual([1, 6, 7]);
  });
  test('of what was found are these lines alone', () => {
    expect(shown(Rows.only([3, 4, 9]))).toEqual([3, 4, 9]);
    expect(Rows.only([]).count).toBe(0);
  });
  test('know where a line is, and of a folded one where it is folded into', () => {
    const rows = Rows.without(10, [{ from: 4, to: 8 }]);
    expect([rows.row(1), rows.row(3), rows.row(6), rows.row(9)]).toEqual([0, 2, 2, 3]);
    expect([rows.has(3), rows.has(6), rows.has(9)]).toEqual([true, false, true]);
  });
  test('end where the log ends', () => {
    const rows = Rows.without(10, []);
    expect([rows.line(-5), rows.line(50)]).toEqual([1, 10]);
  });
});
