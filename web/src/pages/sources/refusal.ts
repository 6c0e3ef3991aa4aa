/** Why a hook was refused and what mends it, in plain words. Pure. */
import type { List, Refusal } from '$lib/api/types';
import type { Carrier } from './delivery';
import { hookAddress } from './reach';

/** The server's word for every address that it has not; the real one is not kept. */
export const NOWHERE = 'nowhere';

export type RefusalWords = { title: string; todo: string };

/** The field of the provider's form that a key goes into. */
function fieldOf(provider: Refusal['provider'], carrier?: Carrier): string {
  if (provider === 'buildkite') return '“Token”';
  if (provider !== 'azure_devops') return 'the header X-API-Key';
  if (carrier === 'basic') return '“Basic authentication password”';
  if (carrier === 'header') return '“HTTP headers”, as X-API-Key:KEY';
  return '“Basic authentication password”, or into “HTTP headers” as X-API-Key:KEY';
}

/** The same field, where a key stands already. */
function placeOf(provider: Refusal['provider'], carrier?: Carrier): string {
  if (provider !== 'azure_devops' || carrier === 'basic') return fieldOf(provider, carrier);
  if (carrier === 'header') return '“HTTP headers” after X-API-Key';
  return '“Basic authentication password”, or in “HTTP headers” after X-API-Key';
}

/** The address behind the server's word for a door. */
export function doorOf(route: string): string {
  if (route === NOWHERE) return 'no such address';
  if (route === 'channel') return '/hooks/…';
  return route.startsWith('/') ? route : `/webhooks/${route}`;
}

/**
 * Words for `code`. `key` is the name of the key that was recognised, `carrier` how the key was to be
 * sent, where that is known; `base` is the address of this server.
 */
export function refusalWords(
  refusal: Pick<Refusal, 'code' | 'provider'>,
  {
    key,
    carrier,
    base,
  }: { key?: string | null | undefined; carrier?: Carrier; base?: string | undefined } = {},
): RefusalWords {
  const { provider } = refusal;
  const field = fieldOf(provider, carrier);
  const named = key ? `The key ${key}` : 'The key that was sent';
  switch (refusal.code) {
    case 'key_missing':
      return {
        title: 'No key came along',
        todo: `Paste the key into ${field}, and save.`,
      };
    case 'key_unknown':
      return {
        title: 'The key is none of this server',
        todo: `Compare the key with what stands in ${placeOf(provider, carrier)}. A letter may be missing, or a blank too much. If the key is lost, make a new one.`,
      };
    case 'not_found':
      return {
        title: 'No such address',
        todo: `The key is right. Compare the URL in the form with ${addressesOf(provider, base ?? '')}: a letter differs.`,
      };
    case 'key_revoked':
      return {
        title: `${named} was revoked`,
        todo: `Make a new key and paste it into ${field}.`,
      };
    case 'signature_bad':
      return {
        title: 'The signature fits no signing key',
        todo: 'The token there must be the very key that is shown here, and the key must be made for signatures. A proxy that changes the body also breaks it.',
      };
    case 'signature_stale':
      return {
        title: 'The signature is more than five minutes old',
        todo: 'Compare this server’s clock with the real time. A request that is sent again later is refused so, too.',
      };
    case 'scope_missing':
      return {
        title: `${named} may not send hooks`,
        todo: 'Use a key with the scope ingest.',
      };
    case 'network_not_allowed':
      return {
        title: `${named} is not allowed from that address`,
        todo: 'The key is limited to networks. Add the sender’s network in the settings, or use a key without the limit. Behind a proxy, name the proxy in server.trusted_proxies.',
      };
    default:
      return { title: refusal.code.replaceAll('_', ' '), todo: '' };
  }
}

/** Where hooks of a provider go; of one that is not known, wherever there is. */
function addressesOf(provider: Refusal['provider'], base: string): string {
  if (provider === 'buildkite') return hookAddress(base, 'buildkite');
  const azure = hookAddress(base, 'azure');
  return provider === 'azure_devops' ? azure : `${azure} or ${hookAddress(base, 'buildkite')}`;
}

/** Refusals for one reason at one door, over all minutes. */
export type Turned = {
  id: string;
  provider: Refusal['provider'];
  code: string;
  route: string;
  keyId: number | null;
  count: number;
  /** The last of them. */
  at: string;
  /** Where they came from, the latest first; only some of many. */
  addresses: string[];
};

/** Whether there may be more of them since then than were read. */
export const isCut = (list: List<Pick<Refusal, 'at'>>, since: number): boolean =>
  Boolean(list.next_cursor) && list.items.every(({ at }) => Date.parse(at) >= since);

/** The server counts by the minute; people ask by the reason. Latest first; `since` leaves out older ones. */
export function turnedAway(refusals: readonly Refusal[], since: number): Turned[] {
  const groups = new Map<string, Turned>();
  const newestFirst = [...refusals].sort((a, b) => Date.parse(b.at) - Date.parse(a.at));
  for (const { provider, code, route, key_id, count, at, address } of newestFirst) {
    if (Date.parse(at) < since) continue;
    const id = [provider, code, route, key_id ?? ''].join(' ');
    const group = groups.get(id);
    if (!group) {
      const addresses = address ? [address] : [];
      groups.set(id, { id, provider, code, route, keyId: key_id, count, at, addresses });
      continue;
    }
    group.count += count;
    if (address && !group.addresses.includes(address)) group.addresses.push(address);
  }
  return [...groups.values()];
}
