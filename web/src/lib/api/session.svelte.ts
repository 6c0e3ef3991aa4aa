/** Who is looking, and what they may do. Known before any page is shown. */
import { cache } from './cache';
import { del, get, post } from './client';
import type { Link, May, Session } from './types';

class SessionState {
  #current = $state.raw<Session | null>(null);
  #asked: Promise<Session> | null = null;

  /** `null` until the server has answered once. */
  get current(): Session | null {
    return this.#current;
  }
  get user() {
    return this.#current?.user ?? null;
  }
  /** Signed in: as a person, or by a proxy, a key or the owner's own start. */
  get signedIn(): boolean {
    return this.#current !== null && this.#current.via !== null;
  }
  may(what: May): boolean {
    return this.#current?.may.includes(what) ?? false;
  }

  /** Asks once; again only after `forget`. */
  load(): Promise<Session> {
    this.#asked ??= get('/session').then(
      (session) => (this.#current = session),
      (thrown) => {
        this.#asked = null;
        throw thrown;
      },
    );
    return this.#asked;
  }

  /** Whether the server still takes us for who we are; one that does not answer says nothing. */
  async stillKnown(): Promise<boolean> {
    const now = await get('/session').catch(() => null);
    const was = this.#current;
    return !now || !was || (now.via !== null && now.user?.id === was.user?.id);
  }

  /** The next page asks anew who we are. */
  forget(): void {
    this.#asked = null;
    this.#current = null;
    cache.clear();
  }

  #take(session: Session): Session {
    cache.clear();
    this.#asked = Promise.resolve(session);
    return (this.#current = session);
  }

  async signIn(name: string, password: string): Promise<Session> {
    return this.#take(await post('/session', { body: { name, password } }));
  }

  /** What a link is for; one that does not count is refused. */
  lookAtLink(token: string): Promise<Link> {
    return post('/setup/link', { body: { token } });
  }

  /** Redeems a link: the first administrator's, an invitation's or a reset's. */
  async setUp(token: string, password: string, name?: string): Promise<Session> {
    return this.#take(
      await post('/setup', { body: { token, password, ...(name === undefined ? {} : { name }) } }),
    );
  }

  async signOut(): Promise<void> {
    await del('/session');
    this.forget();
  }
}

export const session = new SessionState();
