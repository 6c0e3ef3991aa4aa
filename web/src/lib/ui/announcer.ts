/** What the page says aloud: politely, and not so often that nothing else can be heard. */

/** At most one message in this time. */
export const QUIET_MS = 5_000;

/** What waits to be said. Of more the oldest is dropped: it is no longer news. */
export const WAITING_MAX = 3;

export type Timers = { now(): number; after(run: () => void, ms: number): void };

export class Announcer {
  #timers: Timers;
  #say: (text: string) => void;
  #waiting: string[] = [];
  #said = '';
  #saidAt = Number.NEGATIVE_INFINITY;
  #armed = false;

  constructor(timers: Timers, say: (text: string) => void) {
    this.#timers = timers;
    this.#say = say;
  }

  announce(text: string): void {
    if (this.#waiting.includes(text)) return;
    this.#waiting.push(text);
    if (this.#waiting.length > WAITING_MAX) this.#waiting.shift();
    this.#next();
  }

  #next(): void {
    if (this.#armed || this.#waiting.length === 0) return;
    const wait = this.#saidAt + QUIET_MS - this.#timers.now();
    if (wait > 0) {
      this.#armed = true;
      this.#timers.after(() => {
        this.#armed = false;
        this.#next();
      }, wait);
      return;
    }
    this.#saidAt = this.#timers.now();
    const text = this.#waiting.shift() as string;
    // A region that changes by nothing is not read: the same once more differs by what is not heard.
    this.#said = text === this.#said ? `${text}\u00a0` : text;
    this.#say(this.#said);
    this.#next();
  }
}
