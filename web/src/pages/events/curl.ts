/** A stored delivery as a command that sends it again, to this server's own address. */

/** What the sender's machine or a proxy on the way adds by itself, or what would not be true again. */
const NOT_AGAIN =
  /^(:|accept$|accept-encoding$|connection$|content-length$|expect$|forwarded$|host$|traceparent$|tracestate$|transfer-encoding$|user-agent$|via$|x-forwarded-|x-real-ip$|x-request-start$)/;

/** Longer arguments are refused by Linux (131,072 bytes); with the rest of the command around them. */
const INLINE_MAX_BYTES = 100_000;

/** Where the key goes. Never a real one: they are not kept. */
export const KEY = 'YOUR-KEY';

/** One word for a POSIX shell, whatever it holds. */
export function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** The address without what was masked in it. */
function pathOf(target: string): string {
  const at = target.indexOf('?');
  const [path, search] = at < 0 ? [target, ''] : [target.slice(0, at), target.slice(at + 1)];
  const kept = search.split('&').filter((part) => part !== '' && !part.includes('***'));
  return kept.length > 0 ? `${path}?${kept.join('&')}` : path;
}

export function curlOf(
  delivery: {
    headers: Record<string, string>;
    /** `null`: it was forgotten. */
    body: string | null;
    /** Where the body is once it was saved, for one that does not fit into a command. */
    file: string;
  },
  base: string,
): string {
  const { headers, body, file } = delivery;
  const parts = [`curl ${quote(base.replace(/\/+$/, '') + pathOf(headers[':target'] ?? '/'))}`];
  for (const [name, value] of Object.entries(headers)) {
    if (!NOT_AGAIN.test(name) && !value.includes('***'))
      parts.push(`-H ${quote(`${name}: ${value}`)}`);
  }
  parts.push(`-H ${quote(`X-API-Key: ${KEY}`)}`);
  if (body !== null) {
    const fits = new TextEncoder().encode(body).length <= INLINE_MAX_BYTES;
    // `--data-raw` takes `@` as a letter; `--data-binary` keeps the line ends of a file.
    parts.push(fits ? `--data-raw ${quote(body)}` : `--data-binary ${quote(`@${file}`)}`);
  }
  return parts.join(' \\\n  ');
}

/** `build.complete-12331.json` */
export function fixtureName(type: string | null, id: number, isJson: boolean): string {
  const word = (type ?? 'event').replace(/[^A-Za-z0-9._-]+/g, '-').replace(/^[.-]+|[.-]+$/g, '');
  return `${word || 'event'}-${id}.${isJson ? 'json' : 'txt'}`;
}

/** How the sender proved who it is, as far as the headers tell. Masked values name no key. */
export function credentialOf(headers: Record<string, string>): string | null {
  const signature = [
    'x-buildkite-signature',
    'x-hub-signature-256',
    'x-hub-signature',
    'webhook-signature',
  ].find((name) => name in headers);
  if (signature) return `a signature in the header ${signature}`;
  const key = [
    'x-api-key',
    'x-hook-secret',
    'x-webhook-secret',
    'x-buildkite-token',
    'x-gitlab-token',
    'authorization',
  ].find((name) => name in headers);
  if (key) return `a key in the header ${key}`;
  return /[?&]apiKey=/i.test(headers[':target'] ?? '') ? 'a key in the address (apiKey)' : null;
}
