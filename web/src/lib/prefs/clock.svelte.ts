/** One clock for all relative times of a page. It rests while the page is not seen. */

/** Under a minute the seconds are read as "about"; five seconds are close enough. */
const TICK_MS = 5_000;

class Clock {
  #now = $state(Date.now());
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor() {
    const watch = () => {
      clearInterval(this.#timer);
      if (document.visibilityState === 'hidden') return;
      this.#now = Date.now();
      this.#timer = setInterval(() => (this.#now = Date.now()), TICK_MS);
    };
    document.addEventListener('visibilitychange', watch);
    watch();
  }

  /** Milliseconds since 1970; reading it in markup follows it. */
  get now(): number {
    return this.#now;
  }
}

export const clock = new Clock();
