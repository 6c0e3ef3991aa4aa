/** What is asked of a provider about a build, in words. Pure. */
import type { AspectState, EnrichmentDetail } from '$lib/api/types';
import { sentence } from '$lib/format/format';

export type Aspect = AspectState['aspect'];

export const ASPECTS: Record<Aspect, string> = {
  steps: 'Steps',
  logs: 'Logs',
  tests: 'Tests',
  changes: 'Changes',
  artifacts: 'Artifacts',
  annotations: 'Annotations',
};

export const aspectOf = (
  health: EnrichmentDetail | undefined,
  aspect: Aspect,
): AspectState | undefined => health?.items.find((one) => one.aspect === aspect);

/** `12 of 40`, where there is more than one thing to ask for. */
export const progressOf = ({ done, total }: Pick<AspectState, 'done' | 'total'>): string =>
  total !== null && total > 1 ? `${done ?? 0} of ${total}` : '';

type Standing = Pick<AspectState, 'state' | 'code'>;

/** Whether it could be otherwise: it failed, or somebody can mend it, though it is tried again. */
export const isTroubled = ({ state, code }: Standing): boolean =>
  state === 'failed' || (state !== 'done' && isMendable(code));

/** It did not come, and it is known why; what is only on its way does not lack. */
export const isLacking = ({ state, code }: Standing): boolean =>
  state === 'failed' || state === 'unavailable' || (state === 'pending' && code !== null);

/** Nobody was given a token, and nothing was ever told: that is a choice, and no trouble. */
export const isHooksOnly = ({ items }: Pick<EnrichmentDetail, 'items'>): boolean =>
  items.length > 0 && items.every(({ state, code }) => state !== 'done' && code === 'no_token');

/** What somebody should know of at a glance: nothing, while all was told. */
export const troublesOf = (health: EnrichmentDetail | undefined): AspectState[] =>
  health?.items.filter(isTroubled) ?? [];

/** Unavailable is often right, as of tests that no one published; not where a token would help. */
const MENDABLE = ['no_token', 'token_refused', 'token_lacks_scope', 'base_not_confirmed'];
export const isMendable = (code: string | null): boolean => MENDABLE.includes(code ?? '');

/** Steps and logs: the token was refused. One sentence for each reason. */
export const sentencesOf = (lacking: readonly AspectState[]): string[] =>
  reasonsOf(lacking).map(({ reason, of }) => sentence(`${listed(of)}: ${reason}`));

/** Troubles with one reason are one. */
export function reasonsOf(troubles: readonly AspectState[]): { reason: string; of: string[] }[] {
  const found = new Map<string, string[]>();
  for (const { aspect, reason } of troubles) {
    const key = reason ?? 'the provider did not answer';
    found.set(key, [...(found.get(key) ?? []), ASPECTS[aspect].toLowerCase()]);
  }
  return [...found].map(([reason, of]) => ({ reason, of }));
}

/** `steps, logs and tests` */
export const listed = (words: readonly string[]): string =>
  words.length < 2 ? (words[0] ?? '') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
