/**
 * The colours of a terminal, readable on our pages. The sixteen that have names are classes, which follow
 * the theme (terminal.css has them again); where one stands on another, or is any of the millions, what
 * cannot be read is moved towards black or white until it can. Pure.
 */
import type { LogRun } from '$lib/api/types';

/** In the order of their codes. */
export const NAMES = [
  'black',
  'red',
  'green',
  'yellow',
  'blue',
  'magenta',
  'cyan',
  'white',
] as const;

/** As text on `PAGE`: each has 4.5 : 1 or more. */
const LIGHT: Record<string, string> = {
  black: '#182026',
  red: '#b3202d',
  green: '#136d34',
  yellow: '#7d5200',
  blue: '#0b57c2',
  magenta: '#9a2ba8',
  cyan: '#0a6b78',
  white: '#5b6670',
  'bright-black': '#606b76',
  'bright-red': '#c92a37',
  'bright-green': '#0f7b3a',
  'bright-yellow': '#8f5a00',
  'bright-blue': '#2361dc',
  'bright-magenta': '#a139bc',
  'bright-cyan': '#087481',
  'bright-white': '#404b55',
};
const DARK: Record<string, string> = {
  black: '#909aa5',
  red: '#ff7b7b',
  green: '#57c785',
  yellow: '#dba83f',
  blue: '#74aeff',
  magenta: '#df8df0',
  cyan: '#52c3d0',
  white: '#d5dce2',
  'bright-black': '#919ca7',
  'bright-red': '#ff9a97',
  'bright-green': '#7fe0a4',
  'bright-yellow': '#f2c866',
  'bright-blue': '#9cc5ff',
  'bright-magenta': '#ecb0f8',
  'bright-cyan': '#85dde6',
  'bright-white': '#ffffff',
};
export const PALETTES = { light: LIGHT, dark: DARK } as const;
/** What logs stand on: `--raised` and `--text` of tokens.css. */
export const PAGE = {
  light: { back: '#ffffff', text: '#182026' },
  dark: { back: '#161b20', text: '#e6ebef' },
} as const;

type Rgb = readonly [number, number, number];

function rgb(hex: string): Rgb {
  const at = (index: number) => Number.parseInt(hex.slice(index, index + 2), 16) || 0;
  return [at(1), at(3), at(5)];
}
export const hexOf = (colour: Rgb): string =>
  `#${colour.map((part) => Math.round(part).toString(16).padStart(2, '0')).join('')}`;

function luminance(colour: Rgb): number {
  const [red, green, blue] = colour.map((part) => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

export function contrast(one: string, other: string): number {
  const [a, b] = [luminance(rgb(one)), luminance(rgb(other))];
  return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
}

const READABLE = 4.5;
const STEPS = 20;

/** The colour itself, or the nearest one towards black or white that can be read. */
export function readable(text: string, back: string): string {
  if (contrast(text, back) >= READABLE) return text;
  const towards: Rgb =
    contrast('#ffffff', back) > contrast('#000000', back) ? [255, 255, 255] : [0, 0, 0];
  const from = rgb(text);
  for (let step = 1; step <= STEPS; step += 1) {
    const mixed = hexOf(
      from.map((part, at) => part + ((towards[at] ?? 0) - part) * (step / STEPS)) as never,
    );
    if (contrast(mixed, back) >= READABLE) return mixed;
  }
  return hexOf(towards);
}

const isHex = (colour: string): boolean => /^#[0-9a-f]{6}$/i.test(colour);
const isNamed = (colour: string): boolean =>
  NAMES.some((name) => colour === name || colour === `bright-${name}`);

export type Paint = {
  /** `fg-red bold` */
  classes: string;
  /** For both themes: `light-dark(#111111, #eeeeee)`. */
  color: string | null;
  back: string | null;
};
type Theme = keyof typeof PAGE;

/** The colours of a run on the page of a theme, such that the text can be read. */
export function coloursOf(run: LogRun, theme: Theme): { color: string; back: string } {
  const known = (colour: string | null | undefined, otherwise: string): string => {
    if (colour && isHex(colour)) return colour;
    return (colour && isNamed(colour) ? PALETTES[theme][colour] : undefined) ?? otherwise;
  };
  const front = known(run.fg, PAGE[theme].text);
  const behind = known(run.bg, PAGE[theme].back);
  return run.inverse
    ? { color: readable(behind, front), back: front }
    : { color: readable(front, behind), back: behind };
}

export function paintOf(run: LogRun): Paint {
  const classes = (['bold', 'italic', 'underline', 'strike'] as const).filter((one) => run[one]);
  if (!run.bg && !run.inverse && (!run.fg || isNamed(run.fg))) {
    // Dim text would be hard to read on colours; without one it is the softest that can be read.
    const colour = run.fg ? [`fg-${run.fg}`] : run.dim ? ['dim'] : [];
    return { classes: [...classes, ...colour].join(' '), color: null, back: null };
  }
  const [light, dark] = [coloursOf(run, 'light'), coloursOf(run, 'dark')];
  return {
    classes: classes.join(' '),
    color: `light-dark(${light.color}, ${dark.color})`,
    back: run.bg || run.inverse ? `light-dark(${light.back}, ${dark.back})` : null,
  };
}
