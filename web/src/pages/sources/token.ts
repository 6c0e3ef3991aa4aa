/** What a source is asked with, in sentences. Pure. */
import type { AccessState, Provider, Source, SourceToken } from '$lib/api/types';
import { plural, sentence } from '$lib/format/format';

const DAY = 86_400_000;

/** Providers that are asked for more than their hooks tell. */
export type AskedProvider = Extract<Provider, 'azure_devops' | 'buildkite'>;

export const isAsked = (provider: string): provider is AskedProvider =>
  provider === 'azure_devops' || provider === 'buildkite';

/** A scope to tick in the provider's own form, and what is missing without it. */
export type Right = { label: string; why: string };

export const RIGHTS: Record<AskedProvider, readonly Right[]> = {
  azure_devops: [
    { label: 'Build: Read', why: 'Stages, jobs, tasks, logs, changes, artifacts.' },
    { label: 'Test Management: Read', why: 'Results of published tests.' },
    { label: 'Agent Pools: Read', why: 'Agents and queues. Behind “Show all scopes”.' },
    { label: 'Release: Read', why: 'Classic releases: who deployed, when, and how it ended.' },
  ],
  buildkite: [
    { label: 'read_builds', why: 'Builds, jobs, annotations.' },
    { label: 'read_build_logs', why: 'Logs.' },
    { label: 'read_artifacts', why: 'Artifacts, and the reports of tests among them.' },
    { label: 'read_agents', why: 'Agents and queues.' },
  ],
};

/** Bases that are the provider's own: a token goes there without a further word. */
export function isOwnBase(provider: AskedProvider, base: string): boolean {
  let url: URL;
  try {
    url = new URL(base.trim());
  } catch {
    return false;
  }
  if (url.protocol !== 'https:' || url.port || url.username) return false;
  if (provider === 'buildkite') return url.hostname === 'api.buildkite.com';
  const organisation = url.pathname.split('/').filter(Boolean)[0];
  return url.hostname === 'dev.azure.com'
    ? Boolean(organisation)
    : url.hostname.endsWith('.visualstudio.com');
}

const STATES: Record<
  AccessState,
  { tone: 'accent' | 'partial' | 'failed' | 'plain'; label: string }
> = {
  well: { tone: 'accent', label: 'Works' },
  untried: { tone: 'plain', label: 'Not used yet' },
  expiring: { tone: 'partial', label: 'Ends soon' },
  lacks_scope: { tone: 'partial', label: 'Lacks a scope' },
  troubled: { tone: 'partial', label: 'No answer' },
  expired: { tone: 'failed', label: 'Has ended' },
  refused: { tone: 'failed', label: 'Refused' },
};

export const stateOf = (state: AccessState) => STATES[state];

/** When a token ends, as people count it; `null` where nobody knows. */
export function endOf(expiresAt: string | null, now: number): string | null {
  if (!expiresAt) return null;
  const left = Date.parse(expiresAt) - now;
  if (left <= 0) return 'has ended';
  const days = Math.floor(left / DAY);
  return days === 0 ? 'ends today' : `ends in ${plural(days, 'day')}`;
}

/** What somebody has to do about a token, if anything. */
export function troubleOf(token: SourceToken): string | null {
  if (token.state === 'expired') return 'It has ended: nothing is asked any more.';
  if (token.missing.length > 0 && token.state === 'lacks_scope')
    return `It lacks ${token.missing.join(', ')}.`;
  const reason = token.last_error?.reason;
  return reason ? sentence(reason) : null;
}

/** Why nobody can ask about a source. */
export function noneOf(source: Source): string | null {
  const none = source.access?.none;
  if (!none) return null;
  return none.code === 'base_not_confirmed'
    ? 'A token came along with its hooks, but its address is not the provider’s own: that takes an administrator’s word.'
    : 'Without a token steps are what hooks tell, and logs and tests are not there.';
}
