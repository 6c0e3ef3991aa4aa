/** How a source is doing, in sentences. Pure. */
import type { Source } from '$lib/api/types';
import { plural, providerName, relative } from '$lib/format/format';
import { links } from '$lib/url/links';

/** Where a reason leads, if it leads anywhere. */
export type Reason = { text: string; href?: string };

/** Of tokens that need somebody; what to do stands beside the token. */
const TOKEN_REASONS = {
  expired: 'Its token has ended: the provider is not asked any more.',
  refused: 'The provider refuses its token.',
  expiring: 'Its token ends soon.',
} as const;

/** Why a source is in the health it is in; one reason at least. `pick` picks it in an address. */
export function reasonsOf(source: Source, pick: string, now: number): Reason[] {
  const reasons: Reason[] = [];
  if (source.health === 'silent') {
    reasons.push({
      text: `Nothing for 24 hours: the last event came ${relative(source.last_event_at, now)}.`,
    });
  }
  if (source.parked_24h > 0) {
    reasons.push({
      text: `${plural(source.parked_24h, 'event')} could not be read and ${source.parked_24h === 1 ? 'is' : 'are'} parked.`,
      href: parkedOf(pick),
    });
  }
  if (source.refused_24h > 0) {
    reasons.push({
      text: `${plural(source.refused_24h, 'request')} with a key of this source ${source.refused_24h === 1 ? 'was' : 'were'} refused.`,
      href: refusedOf(source.provider),
    });
  }
  if (source.details !== 'all') reasons.push({ text: detailsOf(source).short });
  const token = source.access?.read;
  if (token && token.state in TOKEN_REASONS)
    reasons.push({ text: TOKEN_REASONS[token.state as keyof typeof TOKEN_REASONS] });
  if (reasons.length === 0) reasons.push({ text: 'Events arrive and can be read.' });
  return reasons;
}

export const parkedOf = (source: string): string => links.events({ status: 'parked', source });

export const refusedOf = (provider: string): string => `${links.sources}?refused=${provider}`;

/** How much comes along with the hooks of a source, and what to change if it is too little. */
export function detailsOf(source: Pick<Source, 'provider' | 'details'>): {
  label: string;
  short: string;
  todo: string | null;
} {
  if (source.details === 'all')
    return { label: 'All', short: 'Hooks come with all details.', todo: null };
  const none = source.details === 'none';
  return {
    label: none ? 'None' : 'Minimal',
    short: none
      ? 'Hooks come without the resource: builds cannot be read from them.'
      : 'Hooks come with ids only: names, times and results are missing.',
    todo:
      source.provider === 'azure_devops'
        ? 'In Azure DevOps, open Project settings > Service hooks, edit each subscription that leads here, and set “Resource details to send”, “Messages to send” and “Detailed messages to send” to All.'
        : `Let ${providerName(source.provider)} send whole bodies.`,
  };
}
