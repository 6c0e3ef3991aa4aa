/**
 * Readable names of what events are about. The list tells keys only; names are read for what is in
 * sight, in bulk where many are missing, and remembered. A key without a name yet is shown by its number.
 */
import { untrack } from 'svelte';
import { SvelteMap } from 'svelte/reactivity';
import { get } from '$lib/api/client';
import { asProblem } from '$lib/api/problem';
import type { Build, Subject } from '$lib/api/types';
import type { Batch } from '$lib/live/batch';
import { live } from '$lib/live/live.svelte';
import { thingOf } from './words';

/** Names remembered. */
const NAMES_MAX = 2_000;
/** So many missing at once are worth a page of the newest, which are most likely those. */
const BULK_FROM = 4;
const BULK_PAGE = 200;
const BULK_EVERY_MS = 2_000;
/** Asked for one by one in a turn; the others come in the next. */
const ONE_BY_ONE_MAX = 8;
const TURN_MS = 300;
/** After a reading that went wrong. */
export const RETRY_MS = 10_000;
/** Builds change often, and their names seldom. */
const CHANGES_EVERY_MS = 5_000;

const names = new SvelteMap<string, string>();
/** Named before they changed: shown by that name until it is read anew. */
const stale = new Set<string>();
/** Asked for in vain: gone. */
const nameless = new Set<string>();
/** Missing, and not among the newest that were read last: to be asked for one by one. */
const notAmongNewest = new Set<string>();
/** What is in sight now, by who shows it. */
const wishes = new Set<readonly string[]>();
let timer: ReturnType<typeof setTimeout> | undefined;
let working = false;
/** From the first wish on: names outlive the pages that show them. */
let listening: (() => void) | undefined;
const bulkAt = { build: -Infinity, subject: -Infinity };

function keep(key: string, name: string): void {
  if (names.size >= NAMES_MAX) {
    for (const old of [...names.keys()].slice(0, NAMES_MAX / 2)) {
      names.delete(old);
      stale.delete(old);
    }
  }
  names.set(key, name);
  stale.delete(key);
}

/** `shop-ci #4211` */
export function buildName(build: Build): string {
  const number = build.number == null ? (build.label ?? '') : `#${build.number}`;
  return `${build.pipeline_name ?? build.pipeline ?? 'Build'} ${number}`.trim();
}

/** `Work item 19640: Split health check`; a title that says it all stands alone. */
export function subjectName(subject: Pick<Subject, 'key' | 'kind' | 'title'>): string {
  const { name } = thingOf(subject.key);
  if (!subject.title) return name;
  if (subject.kind === 'release' || subject.kind === 'deployment') return subject.title;
  if (subject.kind === 'agent') return `Agent ${subject.title}`;
  if (subject.kind === 'repository') return `Repository ${subject.title}`;
  return `${name}: ${subject.title}`;
}

const takeBuild = (build: Build) => keep(`build:${build.id}`, buildName(build));
const takeSubject = (subject: Subject) => keep(subject.key, subjectName(subject));

async function one(key: string): Promise<void> {
  try {
    if (key.startsWith('build:')) {
      const build = await get('/builds/{id}', { path: { id: key.slice('build:'.length) } });
      keep(key, buildName(build));
    } else {
      const subject = await get('/subjects/{key}', { path: { key }, query: { limit: 1 } });
      keep(key, subjectName(subject));
    }
  } catch (thrown) {
    // What is wrong with the server or the way there is not the key's fault.
    if (![400, 404].includes(asProblem(thrown).status)) throw thrown;
    if (nameless.size >= NAMES_MAX) nameless.clear();
    nameless.add(key);
  }
}

function missing(): string[] {
  const keys = new Set([...wishes].flat());
  return [...keys].filter((key) => (!names.has(key) || stale.has(key)) && !nameless.has(key));
}

/** A build that its first hook did not name, a title that was changed: names are read anew. */
function changed(batch: Batch): void {
  const inSight = new Set([...wishes].flat());
  for (const key of [...names.keys(), ...nameless]) {
    const told = key.startsWith('build:')
      ? batch.has('build', key.slice('build:'.length))
      : batch.has('subject', key);
    if (!told) continue;
    nameless.delete(key);
    if (inSight.has(key)) stale.add(key);
    else names.delete(key);
  }
  wake();
}

function wake(): void {
  if (!working && timer === undefined && missing().length > 0) timer = setTimeout(turn, 0);
}

async function bulk(kind: 'build' | 'subject', keys: string[]): Promise<void> {
  const now = performance.now();
  if (keys.length < BULK_FROM || now - bulkAt[kind] < BULK_EVERY_MS) return;
  bulkAt[kind] = now;
  const query = { limit: BULK_PAGE };
  if (kind === 'build') (await get('/builds', { query })).items.forEach(takeBuild);
  else (await get('/subjects', { query })).items.forEach(takeSubject);
  const inSight = new Set(missing());
  for (const key of notAmongNewest) if (!inSight.has(key)) notAmongNewest.delete(key);
  for (const key of keys) if (inSight.has(key)) notAmongNewest.add(key);
}

async function turn(): Promise<void> {
  timer = undefined;
  working = true;
  let wait = TURN_MS;
  try {
    const keys = missing();
    const isBuild = (key: string) => key.startsWith('build:');
    await bulk('build', keys.filter(isBuild));
    await bulk(
      'subject',
      keys.filter((key) => !isBuild(key)),
    );
    // Of rows that rush by, only what the newest did not tell of: the others come with the next page.
    const left = missing();
    const alone = left.length < BULK_FROM ? left : left.filter((key) => notAmongNewest.has(key));
    await Promise.all(alone.slice(-ONE_BY_ONE_MAX).map(one));
  } catch {
    // Without names the numbers stay meanwhile.
    wait = RETRY_MS;
  }
  working = false;
  if (missing().length > 0) timer = setTimeout(turn, wait);
}

/**
 * These are in sight, until the function that is given back is called.
 *
 *     $effect(() => wantNames(keys));
 */
export function wantNames(keys: readonly string[]): () => void {
  // Not followed: who asks must not ask again with every name that comes.
  untrack(() => {
    listening ??= live.listen(['build', 'subject'], changed, CHANGES_EVERY_MS);
    wishes.add(keys);
    wake();
  });
  return () => wishes.delete(keys);
}

/** Its name once known, else what the key tells by itself. Following it shows the name when it comes. */
export function nameOf(key: string): string {
  return names.get(key) ?? thingOf(key).name;
}
