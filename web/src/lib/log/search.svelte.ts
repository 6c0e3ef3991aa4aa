/** The search of a log: the server looks through all of it, the address keeps what for. */
import { untrack } from 'svelte';
import { reading } from '$lib/api/client';
import { resource } from '$lib/api/resource.svelte';
import { count as counted, plural } from '$lib/format/format';
import { announce } from '$lib/ui';
import { flag, text } from '$lib/url/params';
import { query } from '$lib/url/query.svelte';
import type { Finding } from './LogTools.svelte';
import { nextOf } from './ticks';

const TYPING_MS = 250;

/** Call it while a component is set up. */
export function searchOf(
  log: () => { id: string; lines: number; errors: readonly number[] },
  /** Brings a hit in sight. */
  reveal: (line: number) => void,
) {
  const place = query({ q: text(), regex: flag(), case: flag(), only: flag() });
  /** What is searched for: at once what the address held, what is typed in a pause. */
  let asked = $state(untrack(() => place.values.q));
  $effect(() => {
    const { q } = place.values;
    const timer = setTimeout(() => (asked = q), TYPING_MS);
    return () => clearTimeout(timer);
  });
  const found = resource(() => {
    const { id, lines } = log();
    const { regex, case: capitals } = place.values;
    return asked === '' || lines === 0
      ? null
      : reading('/logs/{id}/search', {
          path: { id },
          query: { q: asked, regex: regex || null, case: capitals || null },
        });
  });
  const lines = $derived(found.data?.items.map(({ n }) => n) ?? []);
  const hits = $derived(new Map(found.data?.items.map(({ n, spans }) => [n, spans]) ?? []));
  let hit = $state<number | null>(null);
  const told = $derived.by(() => {
    if (asked === '') return '';
    if (!found.data) return found.busy ? 'searching…' : '';
    const { total, items, lines_searched } = found.data;
    const upTo = lines_searched < log().lines ? `, up to line ${counted(lines_searched)}` : '';
    if (total === 0) return `nothing found${upTo}`;
    const at = hit === null ? -1 : lines.indexOf(hit);
    const marked = total > items.length ? `, the first ${counted(items.length)} marked` : '';
    const rest = marked + upTo;
    return at < 0 ? `${plural(total, 'line')}${rest}` : `${at + 1} of ${counted(total)}${rest}`;
  });

  function to(by: 1 | -1, from: number): void {
    const next = nextOf(lines, from, by);
    if (next === null) return;
    hit = next;
    const level = log().errors.includes(next) ? ', error' : '';
    announce(`Hit ${lines.indexOf(next) + 1} of ${found.data?.total}, line ${next}${level}`);
    reveal(next);
  }

  return {
    get values(): Finding {
      return place.values;
    },
    get isAsked() {
      return asked !== '';
    },
    /** The answer, to follow. */
    get answer() {
      return found.data;
    },
    get error() {
      return found.error;
    },
    /** Lines with hits. */
    get lines() {
      return lines;
    },
    /** Where in a line, by the line. */
    get hits() {
      return hits;
    },
    /** The hit that one stands on. */
    get hit() {
      return hit;
    },
    set hit(line) {
      hit = line;
    },
    /** `3 of 17`, `nothing found`. */
    get told() {
      return told;
    },
    to,
    /** To the first hit below the line that is on top. */
    begin(top: number): void {
      if (lines.length === 0) announce('Nothing found');
      // Of very many, only the first are known: nobody is taken back to them from further down.
      else if (!found.data?.is_cut || lines.some((n) => n >= top)) to(1, top - 1);
    },
    change(change: Partial<Finding>): void {
      if (change.q === undefined) place.replace(change);
      else place.type(change);
    },
    reload(): void {
      if (asked !== '') void found.reload();
    },
  };
}
