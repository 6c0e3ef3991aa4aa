/**
 * What was written for a terminal, as runs of one look each. Lines of a log come from the server as such runs; what
 * a test wrote comes as it is, and is read here. What moves a cursor or sets a title is left out. Pure.
 */
import type { LogRun } from '$lib/api/types';
import { hexOf, NAMES } from './colours';

/** Sequences with an end of their own; titles and links, on one line. */
const WHOLE =
  '\\u001b(?:\\[[\\d;:?]*[@-~]|\\][^\\u0007\\u001b\\n]*(?:\\u0007|\\u001b\\\\)?)|\\u009b[\\d;:]*[@-~]';
/** Where a report had to do without the character that begins them, others stand for it: before colours alone,
 * since each of them may also be just what a test wrote. */
const STANDING_IN = '(?:#x1B|\\u241b|\\ufffd)\\[\\d{0,3}(?:[;:]\\d{1,3})*m';
const SEQUENCE = `${WHOLE}|${STANDING_IN}`;
/** XML has no place for the character, and some writers leave the rest of the sequence behind. */
const BARE = '\\[\\d{1,3}(?:;\\d{1,3})*m';
const isBare = (text: string): boolean => /\[(?:0|22|39|49)m/.test(text);

type Look = Omit<LogRun, 'text'>;

/** The 216 colours of a cube, and 24 greys. */
function indexed(index: number): string | null {
  if (index < 16) return `${index > 7 ? 'bright-' : ''}${NAMES[index % 8]}`;
  if (index > 255) return null;
  if (index > 231) {
    const grey = 8 + (index - 232) * 10;
    return hexOf([grey, grey, grey]);
  }
  const level = (at: number) => (at === 0 ? 0 : 55 + at * 40);
  const cube = index - 16;
  return hexOf([level(Math.floor(cube / 36)), level(Math.floor(cube / 6) % 6), level(cube % 6)]);
}

/** `38;5;9` and `38;2;255;0;0`: the colour, and how many numbers it takes. */
function extended(codes: readonly number[], at: number): { colour: string | null; taken: number } {
  if (codes[at + 1] === 5) return { colour: indexed(codes[at + 2] ?? 0), taken: 2 };
  if (codes[at + 1] !== 2) return { colour: null, taken: 0 };
  const part = (of: number) => Math.min(255, codes[at + 2 + of] ?? 0);
  return { colour: hexOf([part(0), part(1), part(2)]), taken: 4 };
}

function turn(look: Look, codes: readonly number[]): Look {
  let next = { ...look };
  for (let at = 0; at < codes.length; at += 1) {
    const code = codes[at] ?? 0;
    if (code === 0) next = {};
    else if (code === 1) next.bold = true;
    else if (code === 2) next.dim = true;
    else if (code === 3) next.italic = true;
    else if (code === 4) next.underline = true;
    else if (code === 7) next.inverse = true;
    else if (code === 9) next.strike = true;
    else if (code === 22) next.bold = next.dim = false;
    else if (code === 23) next.italic = false;
    else if (code === 24) next.underline = false;
    else if (code === 27) next.inverse = false;
    else if (code === 29) next.strike = false;
    else if (code === 39) next.fg = null;
    else if (code === 49) next.bg = null;
    else if (code === 38 || code === 48) {
      const { colour, taken } = extended(codes, at);
      next[code === 38 ? 'fg' : 'bg'] = colour;
      at += taken;
    } else if (code >= 30 && code <= 37) next.fg = NAMES[code - 30] ?? null;
    else if (code >= 40 && code <= 47) next.bg = NAMES[code - 40] ?? null;
    else if (code >= 90 && code <= 97) next.fg = `bright-${NAMES[code - 90]}`;
    else if (code >= 100 && code <= 107) next.bg = `bright-${NAMES[code - 100]}`;
  }
  return next;
}

export function runsOf(text: string): LogRun[] {
  const sequences = new RegExp(isBare(text) ? `${SEQUENCE}|${BARE}` : SEQUENCE, 'g');
  const runs: LogRun[] = [];
  let look: Look = {};
  let from = 0;
  const put = (to: number) => {
    if (to > from) runs.push({ ...look, text: text.slice(from, to) });
  };
  for (const found of text.matchAll(sequences)) {
    put(found.index);
    from = found.index + found[0].length;
    const colours = /\[([\d;:]*)m$/.exec(found[0]);
    if (colours) look = turn(look, (colours[1] ?? '').split(/[;:]/).map(Number));
  }
  put(text.length);
  return runs;
}

/** The words alone. */
export const plainOf = (text: string): string =>
  runsOf(text)
    .map((run) => run.text)
    .join('');
