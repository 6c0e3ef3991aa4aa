/**
 * The state of a page lives in its address, so that Back undoes it and a link shares it.
 *
 *     const filter = query({ q: text(), result: maybe(['success', 'failure']) });
 *     filter.values.q                    follow it
 *     filter.type({ q: 'shop' })         while typing: Back undoes the word, not the letter
 *     filter.commit({ result: 'failure' })
 *     filter.href({ result: '' })        for links
 */
import { change, readAll, type Values } from './params';
import { place } from './place.svelte';

export function query<S extends object>(spec: S) {
  // An address that is left keeps its last values: a page must not reset itself while it goes. One that is still
  // here after the way, as from one build to another, has come along.
  let path = $state(place.pathname);
  $effect(() => {
    path = place.pathname;
  });
  let last = readAll(spec, place.search);
  const values = $derived(
    place.pathname === path ? (last = readAll(spec, place.search)) : last,
  ) as Values<S>;
  /** What typing made of the address. When it is something else, somebody went back or chose. */
  let typed: string | null = null;

  function go(patch: Partial<Values<S>>, replace: boolean): void {
    const search = change(spec, place.search, patch);
    if (search !== place.search) place.setSearch(search, replace);
  }

  return {
    get values(): Values<S> {
      return values;
    },
    /** The first letter makes a place to come back to, the others change it. */
    type(patch: Partial<Values<S>>): void {
      go(patch, typed === place.search);
      typed = place.search;
    },
    commit(patch: Partial<Values<S>> = {}): void {
      go(patch, false);
      typed = null;
    },
    /** Without a place to come back to: for what the page itself decides. */
    replace(patch: Partial<Values<S>>): void {
      go(patch, true);
    },
    /** Back to what the address holds when it mentions nothing of this. */
    clear(): void {
      go(readAll(spec, ''), false);
      typed = null;
    },
    href(patch: Partial<Values<S>>): string {
      return place.pathname + change(spec, place.search, patch);
    },
  };
}

export type Query<S extends object> = ReturnType<typeof query<S>>;
