/** How sources are told apart: by name, and by more where two are called the same. */
import type { Source } from '$lib/api/types';
import { providerName } from '$lib/format/format';

type Named = Pick<Source, 'id' | 'name' | 'provider' | 'base_url'>;

/** What picks one source in an address: its name while that is its own, else its id. */
export const sourceValue = (of: Named, among: readonly Named[]): string =>
  of.name && !among.some(({ id, name }) => id !== of.id && name === of.name) ? of.name : of.id;

/** Its provider tells it from others of its name; if theirs is the same, its server does. */
export function sourceMark(of: Named, among: readonly Named[]): string {
  const alike = among.filter(
    ({ id, name, provider }) => id !== of.id && name === of.name && provider === of.provider,
  );
  if (alike.length === 0) return providerName(of.provider);
  const host = hostOf(of.base_url);
  return host && alike.every((one) => hostOf(one.base_url) !== host) ? host : of.id.slice(0, 8);
}

/** Sources to pick from: no two have the same value, nor the same label. */
export const sourceOptions = (sources: readonly Named[]): { value: string; label: string }[] =>
  sources.map((of) => ({
    value: sourceValue(of, sources),
    label: `${of.name ?? of.id} (${sourceMark(of, sources)})`,
  }));

const hostOf = (address: string | null): string =>
  address && URL.canParse(address) ? new URL(address).host : '';
