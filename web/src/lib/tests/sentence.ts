/** The sentence under a failing test, taken apart. Pure. */
import type { TestSentence } from '$lib/api/types';
import type { Shape } from '$lib/ui/status';

const SHAPES: Record<string, Shape> = {
  new_failure: 'failed',
  broken_since: 'failed',
  also_on_default: 'partial',
  known_flaky: 'flaky',
  little_history: 'queued',
  left_out: 'stopped',
};

/** Told apart without the words: whether this change is likely to be the reason. */
export const shapeOf = (kind: string): Shape => SHAPES[kind] ?? 'queued';

/** The build that the text names, and what stands around it. */
export function toldBuild({ text, build_id, number }: TestSentence) {
  const name = number == null ? '' : `#${number}`;
  const at = name === '' ? -1 : text.search(new RegExp(`${name}(?!\\d)`));
  return build_id && at >= 0
    ? { id: build_id, name, before: text.slice(0, at), after: text.slice(at + name.length) }
    : null;
}
