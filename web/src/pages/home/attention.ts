/** What somebody should look at, and why. Pure: it is made anew from what the server tells. */
import type { Event, Pipeline, Refusal, Source } from '$lib/api/types';
import { brokenSince, verdict } from '$lib/builds/history';
import { numberOf, pipelineHref, pipelineKey, pipelineName } from '$lib/builds/names';
import { sourceValue } from '$lib/builds/sources';
import { count, duration, plural, providerName } from '$lib/format/format';
import type { Shape } from '$lib/ui/status';
import { links } from '$lib/url/links';

export type Item = {
  /** The same for as long as it is the same trouble: what is snoozed by it comes back with the next. */
  key: string;
  shape: Shape;
  /** What it is about, and where that is. */
  name: string;
  href: string;
  /** What is wrong with it, after the name. */
  says: string;
  /** Since when. */
  since: string | null;
  /** How long it lasts, where that says more than when it began. */
  lasts?: string;
  /** The build, event or page that shows most. */
  proof: { label: string; href: string } | null;
  /** The rule that put it here, and what takes it away. */
  why: string;
};

const MINUTE_MS = 60 * 1_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** `42 min`, `2 h 10 m`: a trouble has no seconds, and one of this moment lasts a minute. */
function lasting(since: string, now: number): string {
  const ms = now - Date.parse(since);
  return ms < HOUR_MS ? `${Math.max(1, Math.floor(ms / MINUTE_MS))} min` : duration(ms);
}

const sourceName = (source: Source): string => source.name ?? providerName(source.provider);

/** The route of every address that is none: what was typed may hold a key. */
const NOWHERE = 'nowhere';
const MISTYPED = 'a mistyped address';

/**
 * What was refused and is not mended: whoever is turned away for good tries again within the hour, while
 * others of that provider get through.
 */
function unmended(refusals: readonly Refusal[], sources: readonly Source[], now: number) {
  const heard = (provider: string) =>
    Math.max(
      ...sources
        .filter((one) => one.provider === provider)
        .map((one) => Date.parse(one.last_event_at)),
    );
  return refusals.filter(({ at, provider }) => {
    const last = Date.parse(at);
    return now - last < DAY_MS && !(now - last > HOUR_MS && heard(provider) > last);
  });
}

function brokenBranch(pipeline: Pipeline, now: number): Item[] {
  // Somebody's own branch may be red as long as it likes.
  const broken = pipeline.branch_is_default ? brokenSince(pipeline.builds) : null;
  if (!broken) return [];
  const { first, latest, failures, since, atLeast } = broken;
  const branch = pipeline.branch ?? 'its builds';
  const orMore = atLeast ? ' or more' : '';
  return [
    {
      key: `broken ${pipelineKey(pipeline)} ${first.id}`,
      shape: 'failed',
      name: `${pipelineName(pipeline)} · ${branch}`,
      href: pipelineHref(pipeline, { branch: pipeline.branch ?? '' }),
      says: failures === 1 ? 'broken' : `broken, ${failures}${orMore} in a row`,
      since,
      ...(since ? { lasts: `for ${lasting(since, now)}${orMore}` } : {}),
      proof: { label: numberOf(latest) || 'the build', href: links.build(latest.id) },
      why:
        `The newest build of ${branch} that ended failed` +
        (failures > 1 && numberOf(first)
          ? `; it began with ${numberOf(first)}${atLeast ? ' or before' : ''}`
          : '') +
        '. Canceled builds do not count. It leaves when one passes.',
    },
  ];
}

function sickSource(
  source: Source,
  sources: readonly Source[],
  refused: readonly Refusal[],
): Item[] {
  const name = sourceName(source);
  if (source.health === 'silent') {
    return [
      {
        key: `silent ${source.id} ${source.last_event_at}`,
        shape: 'queued',
        name,
        href: links.sources,
        says: `silent: nothing has come from ${providerName(source.provider)}`,
        since: source.last_event_at,
        proof: {
          label: 'last events',
          href: links.events({ source: sourceValue(source, sources) }),
        },
        why: 'Nothing has come from this source for 24 hours. Its hooks may be disabled, or nobody works. It leaves with the next event.',
      },
    ];
  }
  if (source.health !== 'degraded') return [];
  // Without a key of ours it was not told of this source.
  const isRefused = refused.some(
    ({ key_id, provider }) => key_id !== null && provider === source.provider,
  );
  const reasons = [
    source.details === 'all' ? '' : 'its hooks leave out details',
    source.parked_24h > 0 ? `${plural(source.parked_24h, 'event')} parked` : '',
    source.refused_24h > 0 && isRefused ? `${plural(source.refused_24h, 'request')} refused` : '',
  ].filter(Boolean);
  // What was refused once and is mended is no trouble any more.
  if (reasons.length === 0 && source.refused_24h > 0) return [];
  return [
    {
      key: `degraded ${source.id} ${source.details}`,
      shape: 'partial',
      name,
      href: links.sources,
      says: `degraded: ${reasons.join(', ') || 'something is wrong with its hooks'}`,
      since: null,
      proof: null,
      why:
        'In the last 24 hours something of this source was parked or refused, or its hooks left out details. It leaves a day after the last of these, or when what was refused is mended.' +
        (source.details === 'all'
          ? ''
          : ' Set "Resource details to send" to All in the subscription.'),
    },
  ];
}

type Parked = Pick<Event, 'entry_id' | 'reason' | 'received_at'>;
function parkedEvents(parked: readonly Parked[], more: boolean): Item[] {
  const newest = parked[0];
  if (!newest) return [];
  return [
    {
      key: `parked ${newest.entry_id}`,
      shape: 'failed',
      name: `${count(parked.length)}${more ? ' or more' : ''} parked ${parked.length === 1 ? 'event' : 'events'}`,
      href: links.events({ status: 'parked' }),
      says: newest.reason ? `the newest because ${newest.reason}` : 'could not be read',
      since: newest.received_at,
      proof: { label: `event ${newest.entry_id}`, href: links.event(newest.entry_id) },
      why: 'These were stored but could not be read, so no build knows of them. They leave when they are read again, by replay or after an upgrade.',
    },
  ];
}

function refusedRequests(
  refusals: readonly Refusal[],
  recent: readonly Refusal[],
  more: boolean,
): Item[] {
  const newest = recent[0];
  if (!newest) return [];
  const total = recent.reduce((sum, refusal) => sum + refusal.count, 0);
  // Only where older rows may be of this day, too.
  const orMore = more && recent.length === refusals.length ? ' or more' : '';
  const routes = [...new Set(recent.map(({ route }) => (route === NOWHERE ? MISTYPED : route)))];
  return [
    {
      // Every minute of refusals is a row of its own: they are one trouble.
      key: `refused ${newest.code} ${newest.route} ${newest.key_id ?? ''}`,
      shape: 'failed',
      name: `${count(total)}${orMore} ${total === 1 ? 'request' : 'requests'} refused`,
      href: links.sources,
      says:
        `at ${routes.slice(0, 2).join(' and ')}${routes.length > 2 ? ' and elsewhere' : ''}, ` +
        `the newest from ${newest.address}: ${newest.code.replaceAll('_', ' ')}`,
      since: newest.at,
      proof: null,
      why: 'Somebody sent what was turned away: nothing of it was stored. Give the sender a valid key and the right address. It leaves an hour after the last refusal when something of that provider has arrived since, else after a day.',
    },
  ];
}

/** Newest trouble first within each kind; what is broken before what is merely odd. */
export function attention(
  told: {
    pipelines: readonly Pipeline[];
    sources: readonly Source[];
    parked: readonly Parked[];
    moreParked: boolean;
    refusals: readonly Refusal[];
    moreRefusals: boolean;
    /** The page is narrowed to a source: a request that was refused belongs to nobody. */
    narrowed: boolean;
  },
  now: number,
): Item[] {
  const refused = unmended(told.refusals, told.sources, now);
  const newest = (a: Item, b: Item) => (b.since ?? '').localeCompare(a.since ?? '');
  return [
    ...told.pipelines.flatMap((one) => brokenBranch(one, now)).toSorted(newest),
    ...(told.narrowed ? [] : refusedRequests(told.refusals, refused, told.moreRefusals)),
    ...parkedEvents(told.parked, told.moreParked),
    ...told.sources.flatMap((one) => sickSource(one, told.sources, refused)).toSorted(newest),
  ];
}

/** What is said while nothing needs attention: no more than the verdicts of the branches allow. */
export function calmOf(
  pipelines: readonly Pipeline[],
  more: boolean,
): { shape: Shape; sentence: string } {
  const judged = pipelines.filter(({ branch_is_default }) => branch_is_default);
  const verdicts = judged.flatMap(({ builds }) => verdict(builds)?.result ?? []);
  const unstable = verdicts.filter((result) => result === 'unstable').length;
  if (verdicts.length === 0)
    return { shape: 'queued', sentence: 'No default branch has a verdict yet.' };
  if (unstable > 0) {
    const sentence = `No default branch is broken; ${unstable} ${unstable === 1 ? 'is' : 'are'} unstable.`;
    return { shape: 'partial', sentence };
  }
  const which = verdicts.length < judged.length ? ' with a verdict' : '';
  const of = more ? ` of the ${pipelines.length} pipelines with the newest builds` : '';
  return { shape: 'passed', sentence: `All default branches${which}${of} are green.` };
}
