/** Two builds of the list, chosen to be compared. */
import type { Build } from '$lib/api/types';
import { buildName } from '$lib/builds/names';
import { announce } from '$lib/ui/toasts.svelte';

export function choice() {
  let chosen = $state.raw<Build[]>([]);
  return {
    get builds() {
      return chosen;
    },
    /** Takes a build, or lets it go; with a third the first goes. */
    turn(build: Build): void {
      const others = chosen.filter(({ id }) => id !== build.id);
      const taken = others.length === chosen.length;
      chosen = taken ? [...others.slice(-1), build] : others;
      announce(`${buildName(build)} ${taken ? 'chosen' : 'no more chosen'}`);
    },
    clear(): void {
      chosen = [];
    },
  };
}
export type Choice = ReturnType<typeof choice>;
