import { describe, expect, test } from 'vitest';
import { fragmentOf, linesInWords, linesOf, within } from './fragment';
import { markdownOf, piecesOf, textOf, unturned } from './pieces';
import { Rows } from './rows';
import { nextOf, ticksOf } from './ticks';
import { isLongGap, timeText } from './times';

describe('lines in an address', () => {
  test('are read and written', () => {
    expect(linesOf('#L12')).toEqual({ from: 12, to: 12 });
    expect(linesOf('#L20-L12')).toEqual({ from: 12, to: 20 });
    expect(linesOf('#L12-20')).toEqual({ from: 12, to: 20 });
    for (const wrong of ['', '#', '#L0', '#Lx', '#L1-', '#token=L1'])
      expect(linesOf(wrong)).toBeNull();
    expect(fragmentOf({ from: 12, to: 20 })).toBe('#L12-L20');
    expect(fragmentOf({ from: 7, to: 7 })).toBe('#L7');
    expect(fragmentOf(null)).toBe('');
    expect(linesInWords({ from: 7, to: 9 })).toBe('lines 7 to 9');
  });
  test('are those that the log has', () => {
    expect(within({ from: 12, to: 20 }, 100)).toEqual({ from: 12, to: 20 });
    expect(within({ from: 12, to: 20 }, 15)).toEqual({ from: 12, to: 15 });
    expect(within({ from: 12, to: 20 }, 11)).toBeNull();
  });
});

describe('the time of a line', () => {
  const at = '2026-02-13T10:05:07.400Z';
  const moment = { at, before: '2026-02-13T10:04:50Z', first: '2026-02-13T10:00:00Z' };
  test('is told since the start, since the line before, or as the clock shows it', () => {
    expect(timeText('since', moment, 'utc')).toBe('5:07.4');
    expect(timeText('since', { ...moment, first: '2026-02-13T08:00:00Z' }, 'utc')).toBe('2:05:07');
    expect(timeText('gap', moment, 'utc')).toBe('+17.4 s');
    expect(timeText('clock', moment, 'utc')).toBe('10:05:07');
    expect(timeText('off', moment, 'utc')).toBe('');
  });
  test('is empty where it is not known, or nothing to speak of went by', () => {
    expect(timeText('since', { ...moment, at: null }, 'utc')).toBe('');
    expect(timeText('gap', { ...moment, before: null }, 'utc')).toBe('');
    expect(timeText('gap', { ...moment, before: at }, 'utc')).toBe('');
  });
  test('stands out after ten seconds without a line', () => {
    expect(isLongGap(moment)).toBe(true);
    expect(isLongGap({ ...moment, before: '2026-02-13T10:05:00Z' })).toBe(false);
    expect(isLongGap({ ...moment, before: null })).toBe(false);
  });
});

describe('the pieces of a line', () => {
  const runs = [{ text: 'error', fg: 'red' }, { text: ': no such file' }];
  test('are its runs, with what was found apart, over their borders too', () => {
    expect(piecesOf(runs, [[3, 9]]).map(({ text, hit }) => [text, hit])).toEqual([
      ['err', false],
      ['or', true],
      [': no', true],
      [' such file', false],
    ]);
  });
  test('add up to the line, whatever the spans', () => {
    for (const spans of [
      [],
      [[0, 5]],
      [[0, 99]],
      [
        [1, 2],
        [4, 7],
        [18, 40],
      ],
    ] as [number, number][][])
      expect(
        piecesOf(runs, spans)
          .map(({ text }) => text)
          .join(''),
      ).toBe(textOf(runs));
  });
  test('hold no character that turns the direction', () => {
    expect(unturned('"a\u202eb"')).toBe('"a\ufffdb"');
  });
});

test('Markdown has a fence that nothing in the lines ends', () => {
  expect(markdownOf('a [b]', 'http://x/#L1', 'one\n```\ntwo')).toBe(
    '[a \\[b\\]](http://x/#L1)\n\n````text\none\n```\ntwo\n````\n',
  );
});

describe('marks beside the scrollbar', () => {
  test('stand where their lines are, each height once', () => {
    expect(ticksOf([1, 2, 500, 1_000], Rows.without(1_000, []), 100)).toEqual([0, 49, 99]);
    expect(ticksOf([5], Rows.without(0, []), 100)).toEqual([]);
  });
  test('lead from one to the next, going round', () => {
    expect(nextOf([3, 9], 3, 1)).toBe(9);
    expect(nextOf([3, 9], 9, 1)).toBe(3);
    expect(nextOf([3, 9], 5, -1)).toBe(3);
    expect(nextOf([3, 9], 1, -1)).toBe(9);
    expect(nextOf([], 1, 1)).toBeNull();
  });
});
