/** Where the focus goes among the rows of a list. */
import { tick } from 'svelte';

const all = (box: HTMLElement | undefined, rows: string): HTMLElement[] => [
  ...(box?.querySelectorAll<HTMLElement>(rows) ?? []),
];

/** To the next row or the one before; to the first from elsewhere. */
export function stepTo(box: HTMLElement | undefined, rows: string, by: 1 | -1): void {
  const found = all(box, rows);
  const from = found.indexOf(document.activeElement as HTMLElement);
  found[from < 0 ? 0 : Math.min(found.length - 1, Math.max(0, from + by))]?.focus();
}

/**
 * To a row, once it is there, when the button that brought it went: the focus would be nowhere. Where
 * somebody stands elsewhere they stay.
 */
export async function catchFocus(
  box: () => HTMLElement | undefined,
  rows: string,
  index = 0,
): Promise<void> {
  await tick();
  if (document.activeElement === document.body) all(box(), rows)[index]?.focus();
}
