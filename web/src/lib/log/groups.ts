/** The groups of a log: what is in which, and what is folded. Pure. */
import type { LogGroup } from '$lib/api/types';
import { lastAtMost, type Span } from './rows';

export class Groups {
  readonly #starts: readonly number[];
  readonly #byStart: ReadonlyMap<number, LogGroup>;

  /** In the order of their first lines. */
  constructor(readonly all: readonly LogGroup[]) {
    this.#starts = all.map(({ start }) => start);
    this.#byStart = new Map(all.map((group) => [group.start, group]));
  }

  /** The group that begins with this line. */
  startingAt(line: number): LogGroup | undefined {
    return this.#byStart.get(line);
  }

  /** The groups that a line is in, the outermost first. */
  around(line: number): LogGroup[] {
    const found: LogGroup[] = [];
    for (let at = lastAtMost(this.#starts, line); at >= 0; at -= 1) {
      const group = this.all[at];
      if (!group) break;
      if (group.end >= line) found.unshift(group);
      // Of the outermost only the nearest can reach this far.
      if (group.level === 0) break;
    }
    return found;
  }

  /** What is not shown while these are folded: all but the first line of each. */
  hiddenBy(folded: ReadonlySet<number>): Span[] {
    return this.all
      .filter(({ start, end }) => folded.has(start) && end > start)
      .map(({ start, end }) => ({ from: start + 1, to: end }));
  }

  /** Folded so that one line stands out: every group that it is not in, nor near, nor meant to be open. */
  allBut(line: number, near: number): Set<number> {
    return new Set(
      this.all
        .filter(({ start, end, is_open }) => !is_open && (end < line - near || start > line + near))
        .map(({ start }) => start),
    );
  }

  /** The same with a line unfolded, whatever it is in. */
  withOpen(folded: ReadonlySet<number>, line: number): ReadonlySet<number> {
    const shut = this.around(line).filter(({ start }) => start !== line && folded.has(start));
    if (shut.length === 0) return folded;
    const open = new Set(folded);
    for (const { start } of shut) open.delete(start);
    return open;
  }
}
