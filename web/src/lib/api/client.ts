/**
 * The only way to the server. Addresses are those of docs/openapi.json without `/api/v1`; their
 * parameters, bodies and answers are typed from it.
 *
 *     const build = await get('/builds/{id}', { path: { id } });
 *     await post('/events/{entry_id}/replay', { path: { entry_id: 7 } });
 */
import { plain } from '$lib/format/format';
import { asProblem, isAbort, problemOf } from './problem';
import type { paths } from './schema';

type Paths = paths;
type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';
type Operation<P extends keyof Paths, M extends Method> = M extends keyof Paths[P]
  ? NonNullable<Paths[P][M]>
  : never;

/** Addresses that know a method, without `/api/v1`. */
export type Address<M extends Method> = {
  [P in keyof Paths]: P extends `/api/v1${infer Short}`
    ? [Operation<P, M>] extends [never]
      ? never
      : Short
    : never;
}[keyof Paths];
type Full<A extends string> = `/api/v1${A}` extends keyof Paths ? `/api/v1${A}` : never;
type Of<A extends string, M extends Method> = Operation<Full<A>, M>;

type Content<R> = R extends { content: { 'application/json': infer Body } } ? Body : void;
type Success<R> = {
  [Code in keyof R & (200 | 201 | 202 | 204)]: Content<R[Code]>;
}[keyof R & (200 | 201 | 202 | 204)];
/** What a call answers. */
export type Answer<A extends string, M extends Method = 'get'> =
  Of<A, M> extends { responses: infer R } ? Success<R> : never;

type Parameters<A extends string, M extends Method> =
  Of<A, M> extends { parameters: infer P } ? P : Record<never, never>;
type PathOption<P> = P extends { path: infer V extends object } ? { path: V } : { path?: never };
type QueryOption<P> = P extends { query?: infer V } ? { query?: Loose<V> } : { query?: never };
/** A filter that is not set may be left out, null or empty. */
type Loose<V> = { [K in keyof V]?: V[K] | null | '' };
type BodyOption<O> = O extends { requestBody: { content: { 'application/json': infer B } } }
  ? { body: B }
  : O extends { requestBody?: { content: { 'application/json': infer B } } }
    ? { body?: B }
    : { body?: never };
type Options<A extends string, M extends Method> = PathOption<Parameters<A, M>> &
  QueryOption<Parameters<A, M>> &
  BodyOption<Of<A, M>> & { signal?: AbortSignal };
/** Options may be left out where none is required. */
type Rest<T> = Record<never, never> extends T ? [options?: T] : [options: T];

type AnyOptions = {
  path?: Record<string, string | number>;
  query?: Record<string, unknown>;
  body?: unknown;
  signal?: AbortSignal;
};

/** The address with its parameters, as it goes over the wire. */
export function addressOf(address: string, options: AnyOptions = {}): string {
  const path = address.replace(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent(String(options.path?.[name] ?? '')),
  );
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(options.query ?? {})) {
    if (value !== undefined && value !== null && value !== '') query.append(name, String(value));
  }
  const search = query.toString();
  return `/api/v1${path}${search ? `?${search}` : ''}`;
}

let signedOut: () => void = () => undefined;

/** Who is told when the server no longer knows us (`key_missing`, an ended session). */
export function onSignedOut(tell: () => void): void {
  signedOut = tell;
}

/** Sends, and takes the answer's body; what is not an answer of success is thrown as a problem. */
async function send<T>(
  method: string,
  address: string,
  options: AnyOptions,
  take: (response: Response) => Promise<T>,
): Promise<T> {
  const headers: Record<string, string> = { accept: 'application/json' };
  if (options.body !== undefined) headers['content-type'] = 'application/json';
  try {
    const response = await fetch(addressOf(address, options), {
      method,
      headers,
      credentials: 'same-origin',
      ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
      ...(options.signal ? { signal: options.signal } : {}),
    });
    if (!response.ok) {
      const problem = await problemOf(response);
      // A wrong password is 401 too, and is the form's to tell.
      if (problem.status === 401 && problem.code !== 'sign_in_failed') signedOut();
      throw problem;
    }
    return await take(response);
  } catch (thrown) {
    if (isAbort(thrown)) throw thrown;
    throw asProblem(thrown);
  }
}

function call(method: string, address: string, options: AnyOptions = {}): Promise<unknown> {
  // Texts of strangers are made plain here, for all pages; what is shown byte for byte comes as text.
  return send<unknown>(method, address, options, async (response) =>
    response.status === 204 ? undefined : JSON.parse(plain(await response.text())),
  );
}

const optionsOf = (rest: readonly unknown[]): AnyOptions => (rest[0] ?? {}) as AnyOptions;

export function get<A extends Address<'get'>>(
  address: A,
  ...rest: Rest<Options<A, 'get'>>
): Promise<Answer<A>> {
  return call('GET', address, optionsOf(rest)) as Promise<Answer<A>>;
}
export function post<A extends Address<'post'>>(
  address: A,
  ...rest: Rest<Options<A, 'post'>>
): Promise<Answer<A, 'post'>> {
  return call('POST', address, optionsOf(rest)) as Promise<Answer<A, 'post'>>;
}
export function put<A extends Address<'put'>>(
  address: A,
  ...rest: Rest<Options<A, 'put'>>
): Promise<Answer<A, 'put'>> {
  return call('PUT', address, optionsOf(rest)) as Promise<Answer<A, 'put'>>;
}
export function patch<A extends Address<'patch'>>(
  address: A,
  ...rest: Rest<Options<A, 'patch'>>
): Promise<Answer<A, 'patch'>> {
  return call('PATCH', address, optionsOf(rest)) as Promise<Answer<A, 'patch'>>;
}
export function del<A extends Address<'delete'>>(
  address: A,
  ...rest: Rest<Options<A, 'delete'>>
): Promise<Answer<A, 'delete'>> {
  return call('DELETE', address, optionsOf(rest)) as Promise<Answer<A, 'delete'>>;
}

/** A reading that a `resource` or a `paged` list makes when it is needed, known by its address. */
export type Reading<T> = {
  key: string;
  load: (signal: AbortSignal) => Promise<T>;
  /** About how many bytes the answer takes; of small ones, which are only counted, it is left out. */
  weight?(answer: T): number;
};

export function reading<A extends Address<'get'>>(
  address: A,
  ...rest: Rest<Options<A, 'get'>>
): Reading<Answer<A>> {
  const given = optionsOf(rest);
  return {
    key: addressOf(address, given),
    load: (signal) => call('GET', address, { ...given, signal }) as Promise<Answer<A>>,
  };
}

/** The same, from the text of the answer: for what must be shown byte for byte. */
export function readingText<A extends Address<'get'>, T>(
  address: A,
  take: (text: string) => T,
  ...rest: Rest<Options<A, 'get'>>
): Reading<T> {
  const given = optionsOf(rest);
  return {
    key: `${addressOf(address, given)}#text`,
    load: (signal) =>
      send('GET', address, { ...given, signal }, async (response) => take(await response.text())),
  };
}
