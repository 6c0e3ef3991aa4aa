/** What is asked of a provider about a build, in words. Pure. */
import type { AspectState, EnrichmentDetail } from '$lib/api/types';

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

/** Whether it could be otherwise: it failed, or somebody can mend it. */
export const isTroubled = ({ state, code }: Pick<AspectState, 'state' | 'code'>): boolean =>
  state === 'failed' || (state === 'unavailable' && isMendable(code));

/** What somebody should know of at a glance: nothing, while all was told. */
export const troublesOf = (health: EnrichmentDetail | undefined): AspectState[] =>
  health?.items.filter(isTroubled) ?? [];

/** Unavailable is often right, as of tests that no one published; not where a token would help. */
const MENDABLE = ['no_token', 'token_refused', 'token_lacks_scope', 'base_not_confirmed'];
export const isMendable = (code: string | null): boolean => MENDABLE.includes(code ?? '');

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
