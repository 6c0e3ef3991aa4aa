import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { coloursOf, contrast, PAGE, paintOf, PALETTES, readable } from './colours';

const tokens = readFileSync(new URL('../ui/tokens.css', import.meta.url), 'utf8');
/** The first is of the light theme, the others of the dark one. */
const token = (name: string, theme: 'light' | 'dark') =>
  [...tokens.matchAll(new RegExp(`--${name}: (#[0-9a-f]{6})`, 'g'))].at(
    theme === 'light' ? 0 : -1,
  )?.[1] ?? '';

describe.each(['light', 'dark'] as const)('in the %s theme', (theme) => {
  test('logs stand on what the tokens say', () => {
    expect(PAGE[theme]).toEqual({ back: token('raised', theme), text: token('text', theme) });
  });
  test('each of the sixteen can be read on the page, on an error, on chosen lines', () => {
    for (const back of [
      ...['raised', 'failed-wash', 'accent-wash', 'hover'].map((name) => token(name, theme)),
    ])
      for (const [name, colour] of Object.entries(PALETTES[theme]))
        expect([name, back, contrast(colour, back) >= 4.5]).toEqual([name, back, true]);
  });
  test('each of the sixteen on each can be read', () => {
    for (const fg of Object.keys(PALETTES[theme]))
      for (const bg of Object.keys(PALETTES[theme])) {
        const { color, back } = coloursOf({ text: '', fg, bg }, theme);
        expect(contrast(color, back)).toBeGreaterThanOrEqual(4.5);
      }
  });
});

test('the style sheet has the same sixteen', () => {
  const css = readFileSync(new URL('./terminal.css', import.meta.url), 'utf8');
  for (const name of Object.keys(PALETTES.light))
    expect(css).toContain(
      `.fg-${name} {\n  color: light-dark(${PALETTES.light[name]}, ${PALETTES.dark[name]});\n}`,
    );
});

describe('paint', () => {
  test('of a colour with a name is a class, which follows the theme', () => {
    expect(paintOf({ text: '', fg: 'bright-red', bold: true })).toEqual({
      classes: 'bold fg-bright-red',
      color: null,
      back: null,
    });
  });
  test('of any other colour is moved until it can be read, in each theme by itself', () => {
    const yellow = { text: '', fg: '#ffff00' };
    const { color } = coloursOf(yellow, 'light');
    expect(contrast(color, PAGE.light.back)).toBeGreaterThanOrEqual(4.5);
    expect(paintOf(yellow)).toEqual({
      classes: '',
      color: `light-dark(${color}, #ffff00)`,
      back: null,
    });
    expect(readable('#777777', '#777777')).not.toBe('#777777');
  });
  test('turned round has the page’s colour on the text’s', () => {
    const { text, back } = PAGE.light;
    expect(coloursOf({ text: '', inverse: true }, 'light')).toEqual({ color: back, back: text });
    expect(paintOf({ text: '', inverse: true }).back).toBe(
      `light-dark(${text}, ${PAGE.dark.text})`,
    );
  });
  test('of a word that is no colour is that of plain text', () => {
    expect(coloursOf({ text: '', bg: 'url(x)' }, 'light').back).toBe(PAGE.light.back);
    expect(coloursOf({ text: '', fg: 'constructor' }, 'light').color).toBe(PAGE.light.text);
  });
});
