/** Which lines of a log are shown, as rows one below the other. Lines count from 1, rows from 0. Pure. */

/** Lines from one to another, both included. */
export type Span = { from: number; to: number };

export class Rows {
  readonly count: number;
  readonly #spans: readonly Span[];
  /** The first line of each span. */
  readonly #first: readonly number[];
  /** Rows before each span. */
  readonly #before: readonly number[];

  /** Spans in order, none touching another. */
  constructor(spans: readonly Span[]) {
    const before: number[] = [];
    let count = 0;
    for (const { from, to } of spans) {
      before.push(count);
      count += to - from + 1;
    }
    this.#spans = spans;
    this.#first = spans.map(({ from }) => from);
    this.#before = before;
    this.count = count;
  }

  /** All lines but some, which may overlap and come in any order. */
  static without(lines: number, hidden: readonly Span[]): Rows {
    const spans: Span[] = [];
    let next = 1;
    for (const { from, to } of hidden.toSorted((a, b) => a.from - b.from)) {
      if (from > next) spans.push({ from: next, to: Math.min(from - 1, lines) });
      next = Math.max(next, to + 1);
      if (next > lines) break;
    }
    if (next <= lines) spans.push({ from: next, to: lines });
    return new Rows(spans);
  }

  /** These lines alone, in ascending order. */
  static only(lines: readonly number[]): Rows {
    const spans: Span[] = [];
    for (const line of lines) {
      const last = spans.at(-1);
      if (last && line === last.to + 1) last.to = line;
      else if (!last || line > last.to) spans.push({ from: line, to: line });
    }
    return new Rows(spans);
  }

  /** The line in a row; a row beyond the ends is the nearest there is. */
  line(row: number): number {
    const within = Math.min(Math.max(0, row), this.count - 1);
    const at = lastAtMost(this.#before, within);
    const span = this.#spans[at];
    return span ? span.from + within - (this.#before[at] ?? 0) : 0;
  }

  /** The row of a line; of one that is not shown, the row before it: where it is folded into. */
  row(line: number): number {
    const at = lastAtMost(this.#first, line);
    const span = this.#spans[at];
    if (!span) return 0;
    return (this.#before[at] ?? 0) + Math.min(line, span.to) - span.from;
  }

  has(line: number): boolean {
    return this.count > 0 && this.line(this.row(line)) === line;
  }
}

/** The last place in an ascending list whose value is no more than this; -1 when there is none. */
export function lastAtMost(list: readonly number[], value: number): number {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((list[middle] ?? 0) <= value) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
