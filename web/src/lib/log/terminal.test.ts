import { describe, expect, test } from 'vitest';
import { plainOf, runsOf } from './terminal';

const E = '\u001b';

describe('what was written for a terminal', () => {
  test('is cut into runs of one look each', () => {
    expect(runsOf(`a ${E}[1;31mred${E}[0m b`)).toEqual([
      { text: 'a ' },
      { text: 'red', bold: true, fg: 'red' },
      { text: ' b' },
    ]);
  });
  test('keeps a look until it is taken back', () => {
    expect(runsOf(`${E}[32m${E}[1mx${E}[22my${E}[39mz`)).toEqual([
      { text: 'x', fg: 'green', bold: true },
      { text: 'y', fg: 'green', bold: false, dim: false },
      { text: 'z', fg: null, bold: false, dim: false },
    ]);
  });
  test('may have any of the millions of colours', () => {
    const fg = (text: string) => runsOf(text)[0]?.fg;
    expect(fg(`${E}[38;5;9mx`)).toBe('bright-red');
    expect(fg(`${E}[38;5;196mx`)).toBe('#ff0000');
    expect(fg(`${E}[38;5;244mx`)).toBe('#808080');
    expect(fg(`${E}[38;2;1;2;300mx`)).toBe('#0102ff');
    expect(runsOf(`${E}[48;5;21;1mx`)[0]).toMatchObject({ bg: '#0000ff', bold: true });
  });
  test('loses what moves the cursor, sets a title or leads elsewhere', () => {
    expect(plainOf(`${E}[2K${E}[1Gdone${E}]0;title\u0007!`)).toBe('done!');
    expect(plainOf(`${E}]8;;http://x${E}\\link${E}]8;;${E}\\`)).toBe('link');
  });
  test('is read also where XML took the character that begins it', () => {
    expect(runsOf('#x1B[31mE#x1B[0m')).toEqual([{ text: 'E', fg: 'red' }]);
    expect(runsOf('\ufffd[31mE\ufffd[0m')).toEqual([{ text: 'E', fg: 'red' }]);
    expect(plainOf('expected [32m200[39m, was [31m500[39m')).toBe('expected 200, was 500');
  });
  test('is left alone where it only looks alike', () => {
    const bytes = 'expected:<[caf\ufffd]> but was:<[cafe]>\n  at A.b';
    expect(plainOf(bytes)).toBe(bytes);
    expect(plainOf('got \ufffd[abc]')).toBe('got \ufffd[abc]');
    expect(plainOf('waited [30m] and [5m, then #x1B')).toBe('waited [30m] and [5m, then #x1B');
    expect(runsOf('')).toEqual([]);
  });
  test('ends a sequence that nothing ends with the text', () => {
    expect(plainOf(`a${E}]0;never`)).toBe('a');
    expect(plainOf(`a${E}[`)).toBe(`a${E}[`);
  });
});
