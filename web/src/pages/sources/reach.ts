/** Whether an address looks as if a provider could reach it. Only a delivery proves that it can. Pure. */

export type Reach =
  /** Nothing speaks against it. */
  | 'open'
  /** This very machine. */
  | 'loopback'
  /** A network of one's own. */
  | 'private'
  /** A name that the internet does not know. */
  | 'inside'
  /** Open, but not encrypted. */
  | 'unencrypted';

const INSIDE = /(^[^.]+$|\.(local|lan|internal|intranet|corp|home|home\.arpa|test|invalid)$)/;

export function reachOf(base: string): Reach {
  const { hostname, protocol } = new URL(base);
  const host = hostname.replace(/^\[|\]$/g, '').toLowerCase();
  if (host === 'localhost' || host.endsWith('.localhost')) return 'loopback';
  const four = v4(host) ?? v4(mapped(host));
  if (four) {
    const [a, b] = four as [number, number];
    if (a === 127) return 'loopback';
    const own =
      a === 0 ||
      a === 10 ||
      (a === 172 && b >= 16 && b < 32) ||
      (a === 192 && b === 168) ||
      (a === 169 && b === 254) ||
      (a === 100 && b >= 64 && b < 128);
    if (own) return 'private';
  } else if (host.includes(':')) {
    if (host === '::1') return 'loopback';
    if (host === '::' || /^(f[cd]|fe[89ab])/.test(host)) return 'private';
  } else if (INSIDE.test(host)) return 'inside';
  return protocol === 'https:' ? 'open' : 'unencrypted';
}

function v4(host: string): number[] | null {
  const parts = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(host);
  return parts ? parts.slice(1).map(Number) : null;
}

/** The IPv4 address in `::ffff:7f00:1`, as browsers write it. */
function mapped(host: string): string {
  const parts = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(host);
  if (!parts) return '';
  const [high, low] = [parseInt(parts[1] as string, 16), parseInt(parts[2] as string, 16)];
  return [high >> 8, high & 255, low >> 8, low & 255].join('.');
}

/** Where hooks go, below the address of this server. */
export const hookAddress = (base: string, path: 'azure' | 'buildkite'): string =>
  `${base.replace(/\/+$/, '')}/webhooks/${path}`;
