/** A scale that stays the same from build to build, as long as this tab is open. */

let locked = $state<number | null>(null);

export const scale = {
  /** Milliseconds that the width stands for at least. */
  get locked(): number | null {
    return locked;
  },
  toggle(length: number): void {
    locked = locked === null ? length : null;
  },
};
