/** Where we are, followed by the shell and by `query`. The router tells it; it tells the router. */

type Go = (
  path: string,
  options: { search: string; hash: string; replace: boolean; stay: boolean },
) => Promise<void>;

class Place {
  #pathname = $state(location.pathname);
  #search = $state(location.search);
  #go: Go = () => Promise.resolve();
  /** The router's way is not instant; a letter typed meanwhile must neither overtake nor be lost. */
  #way = Promise.resolve();
  #underWay = 0;
  #leaving = false;

  /** Another page is on its way, and this one is still shown. */
  get isLeft(): boolean {
    return this.#leaving;
  }

  get pathname(): string {
    return this.#pathname;
  }
  /** With its `?`, or empty. */
  get search(): string {
    return this.#search;
  }

  /** The router's part: how to go somewhere without leaving the page. */
  bind(go: Go): void {
    this.#go = go;
  }

  /** The router is on its way there. */
  departs(pathname: string): void {
    this.#leaving = pathname !== this.#pathname;
  }

  /** The router arrived. */
  arrived(): void {
    this.#leaving = false;
    this.#pathname = location.pathname;
    if (this.#underWay === 0) this.#search = location.search;
  }

  /** Followed at once; the address bar comes after. */
  setSearch(search: string, replace: boolean): void {
    this.#search = search;
    const path = this.#pathname;
    this.#underWay += 1;
    this.#way = this.#way
      .then(() => {
        // Somebody left the page meanwhile: its filter goes with it.
        if (path !== this.#pathname) return;
        return this.#go(path, { search, hash: location.hash, replace, stay: true });
      })
      .finally(() => {
        this.#underWay -= 1;
        if (this.#underWay === 0) this.#search = location.search;
      });
  }

  /** Goes to an address as a link would: path, search and fragment in one text. */
  go(href: string, replace: boolean): void {
    const url = new URL(href, location.origin);
    void this.#go(url.pathname, { search: url.search, hash: url.hash, replace, stay: false });
  }
}

export const place = new Place();

/** Goes to a page, as after a form is sent. For everything a person can press, use a link. */
export function go(href: string, options: { replace?: boolean } = {}): void {
  place.go(href, options.replace ?? false);
}
