/** The lines that the address names: put there without a place of its own in the history. */
import { fragmentOf } from './fragment';
import type { Span } from './rows';

export function setLines(lines: Span | null): void {
  const href = location.pathname + location.search + fragmentOf(lines);
  history.replaceState(history.state, '', href);
}

/** For who goes from one log to another: lines are of the one that is left. */
export function leaveLines(): void {
  if (/^#L\d/.test(location.hash)) setLines(null);
}
