/** Which events stand beside one: in the list it was come from, else by number. */

let listed: readonly number[] = [];

/** The list that is shown now, newest first. */
export function remember(ids: readonly number[]): void {
  listed = ids;
}

/** The event before (older) or after (newer) this one; `null`: the list ends here. */
export function beside(id: number, which: 'older' | 'newer'): number | null {
  const at = listed.indexOf(id);
  if (at < 0) return which === 'newer' ? id + 1 : id > 1 ? id - 1 : null;
  return listed[which === 'newer' ? at - 1 : at + 1] ?? null;
}
