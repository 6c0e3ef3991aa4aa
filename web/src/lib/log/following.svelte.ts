/** A log that goes on: who is at its end stays there, who is elsewhere is told how much came since. */

export class Following {
  readonly #log: () => { lines: number; is_complete: boolean };
  #on = $state(false);
  /** So many lines there were when somebody last saw the end, or came. */
  #seen = $state(0);

  constructor(log: () => { lines: number; is_complete: boolean }) {
    this.#log = log;
  }

  /** The end is kept in sight. */
  get on(): boolean {
    return this.#on;
  }
  /** Lines that came and were not seen; the last ones too, when the log is whole by then. */
  get fresh(): number {
    return this.#on ? 0 : Math.max(0, this.#log().lines - this.#seen);
  }

  /** Somebody opens the log: nothing of it is new to those who come. */
  open(): void {
    this.#on = false;
    this.#seen = this.#log().lines;
  }
  start(): void {
    const { lines, is_complete } = this.#log();
    this.#on = !is_complete;
    this.#seen = lines;
  }
  stop(): void {
    if (this.#on) this.#seen = this.#log().lines;
    this.#on = false;
  }
  /** The lines in sight are others now, `byHand` by somebody's scrolling. */
  moved(atEnd: boolean, byHand: boolean): void {
    if (byHand && !atEnd) this.stop();
    else if (byHand) this.start();
    else if (atEnd) this.#seen = this.#log().lines;
  }
}
