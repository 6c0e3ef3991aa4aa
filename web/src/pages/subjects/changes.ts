/** What an event changed of its subject: what it says now, beside what the event before said. Pure. */
import type { EventDetail } from '$lib/api/types';
import { words } from '$lib/format/format';

export type Said = Record<string, unknown>;
export type Step = { name: string; from: string | null; to: string };

/** Said with every event, or said elsewhere on the page. */
const UNTOLD = new Set(['subject', 'project', 'url', 'revision', 'state_is_final', 'from', 'to']);

/** All that an event says of one subject, put together. */
export function saidOf(event: Pick<EventDetail, 'facts'>, key: string): Said {
  return Object.assign(
    {},
    ...event.facts.filter(({ about }) => about === key).map(({ says }) => says),
  );
}

const asText = (value: unknown): string =>
  typeof value === 'string' ? value : (JSON.stringify(value) ?? '');

/** `before` is what the event before said; `null`: this is the first, or it is not known yet. */
export function changes(now: Said, before: Said | null): Step[] {
  const steps: Step[] = [];
  // A fact of its own: the provider told what the state was.
  if (now.from !== undefined && now.to !== undefined && now.from !== now.to) {
    steps.push({ name: 'State', from: asText(now.from), to: asText(now.to) });
  }
  for (const [name, value] of Object.entries(now)) {
    if (UNTOLD.has(name)) continue;
    if (name === 'state' && steps.length > 0) continue;
    const [from, to] = [before?.[name], asText(value)];
    if (before === null || from === undefined || asText(from) === to) continue;
    steps.push({ name: words(name), from: asText(from), to });
  }
  return steps;
}

/** The first line of the text that Azure DevOps writes about its events, without the address in it. */
export function textOf(body: unknown): string | null {
  const message = (body as { message?: { text?: unknown } } | null)?.message?.text;
  if (typeof message !== 'string') return null;
  const line = message
    .split(/\r?\n/)[0]
    ?.replace(/\s*\(?https?:\/\/\S+/g, '')
    .trim();
  return line || null;
}

/** The branch that a pull request of Azure DevOps asks to take in. */
export function branchOf(body: unknown): string | null {
  const resource = (body as { resource?: Said } | null)?.resource;
  const pullRequest = (resource?.pullRequest as Said | undefined) ?? resource;
  const ref = pullRequest?.sourceRefName;
  return typeof ref === 'string' ? ref.replace(/^refs\/heads\//, '') : null;
}

/** When it happened: events of one subject may arrive late and in any order. */
export function happenedAt(event: Pick<EventDetail, 'received_at' | 'delay_ms'>): number {
  return Date.parse(event.received_at) - (event.delay_ms ?? 0);
}

/** The day of a time in the reader's zone, as people call it. */
export function dayOf(at: number, zone: 'local' | 'utc'): string {
  return new Date(at).toLocaleDateString('en-GB', {
    weekday: 'long',
    day: 'numeric',
    month: 'long',
    year: 'numeric',
    ...(zone === 'utc' ? { timeZone: 'UTC' } : {}),
  });
}
