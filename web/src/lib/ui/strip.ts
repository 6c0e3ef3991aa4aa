/** What happened last as a strip of thin bars, the newest at the right. Pure. */
import type { Shape } from './status';

export type Bar = {
  /** `excluded` is drawn, and counts for nothing. */
  look: Shape | 'excluded';
  /** Of `HEIGHT`. */
  tall: number;
  /** It in words. */
  tip: string;
  /** Something else begins with it than with the bar before. */
  tick?: boolean;
};

export type StripOf = {
  /** Newest first, as the API lists them. */
  bars: readonly Bar[];
  /** All of it in words. */
  says: string;
};

export const HEIGHT = 24;
/** Bars that are shown unless there is room for more. */
export const WIDTH = 30;
export const BAR = 4;
export const STEP = 6;

const leftOf = (index: number, width: number): number => (width - 1 - index) * STEP;

/** One shape for all bars of a look: a page shows hundreds of strips. */
export function pathsOf(bars: readonly Bar[], width: number): [look: string, path: string][] {
  const drawn = new Map<string, string>();
  for (const [index, { look, tall }] of bars.slice(0, width).entries()) {
    const bar = `M${leftOf(index, width)} ${HEIGHT}v${-tall}h${BAR}v${tall}z`;
    drawn.set(look, (drawn.get(look) ?? '') + bar);
  }
  return [...drawn];
}

/** Where ticks stand: between a bar and the one before. */
export const ticksOf = (bars: readonly Bar[], width: number): number[] =>
  bars
    .slice(0, width)
    .flatMap(({ tick }, index) => (tick ? [leftOf(index, width) - (STEP - BAR) / 2] : []));

/** The bar that stands there, if one does. */
export const barAt = (bars: readonly Bar[], width: number, x: number): Bar | undefined =>
  bars[width - 1 - Math.floor(x / STEP)];
