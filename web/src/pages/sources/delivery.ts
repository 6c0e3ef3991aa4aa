/** A test delivery in the shape of a provider's, for trying the server and a key from a page. */

export type Delivery = { body: string; headers: Record<string, string> };
/** How the key goes along. */
export type Carrier = 'basic' | 'header' | 'token' | 'signature';

const hex = (bytes: ArrayBuffer): string =>
  [...new Uint8Array(bytes)].map((byte) => byte.toString(16).padStart(2, '0')).join('');

/** HMAC-SHA256 as Buildkite makes it; `null` where the browser has no means for it (plain http). */
export async function buildkiteSignature(
  secret: string,
  body: string,
  seconds: number,
): Promise<string | null> {
  if (!globalThis.crypto?.subtle) return null;
  const utf8 = new TextEncoder();
  const key = await crypto.subtle.importKey(
    'raw',
    utf8.encode(secret),
    { name: 'HMAC', hash: 'SHA-256' },
    false,
    ['sign'],
  );
  const signature = await crypto.subtle.sign('HMAC', key, utf8.encode(`${seconds}.${body}`));
  return `timestamp=${seconds},signature=${hex(signature)}`;
}

function base64(text: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
}

/** A UUID also where `crypto.randomUUID` is kept from pages (plain http). */
export function uuid(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = ((bytes[6] as number) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] as number) & 0x3f) | 0x80;
  return hex(bytes.buffer).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

/** As the button *Test* of Azure DevOps sends: stored and shown as a test, never a build. */
export function azureTest(secret: string, carrier: Carrier, now: Date): Delivery {
  const base = 'https://fabrikam-fiber-inc.visualstudio.com/';
  const body = {
    subscriptionId: '00000000-0000-0000-0000-000000000000',
    notificationId: 1,
    id: uuid(),
    eventType: 'build.complete',
    publisherId: 'tfs',
    message: { text: 'A test that the connect page of Creel sent' },
    resource: {
      id: 1,
      buildNumber: 'ConsumerAddressModule_20150407.1',
      status: 'completed',
      result: 'succeeded',
      url: `${base}DefaultCollection/_apis/build/Builds/1`,
      definition: { id: 1, name: 'ConsumerAddressModule' },
    },
    resourceVersion: '2.0',
    resourceContainers: {
      collection: { id: 'c12d0eb8-e382-443b-9f9c-c52cba5014c2' },
      account: { id: 'f844ec47-a9db-4511-8281-8b63f4eaf94e' },
      project: { id: 'be9b3917-87e6-42a4-a549-2bc06a7a878f' },
    },
    createdDate: now.toISOString(),
  };
  const headers: Record<string, string> =
    carrier === 'header'
      ? { 'x-api-key': secret }
      : { authorization: `Basic ${base64(`creel:${secret}`)}` };
  return { body: JSON.stringify(body), headers };
}

/** As Buildkite sends when the settings are saved. */
export async function buildkiteTest(
  secret: string,
  carrier: Carrier,
  now: Date,
): Promise<Delivery & { signed: boolean }> {
  const body = JSON.stringify({
    event: 'ping',
    service: { id: uuid(), provider: 'webhook', settings: {} },
    sender: { id: uuid(), name: 'Creel’s connect page' },
  });
  const headers: Record<string, string> = {
    'x-buildkite-event': 'ping',
    'x-buildkite-request': uuid(),
  };
  const signature =
    carrier === 'signature'
      ? await buildkiteSignature(secret, body, Math.floor(now.getTime() / 1_000))
      : null;
  if (signature) headers['x-buildkite-signature'] = signature;
  else headers['x-buildkite-token'] = secret;
  return { body, headers, signed: signature !== null };
}
