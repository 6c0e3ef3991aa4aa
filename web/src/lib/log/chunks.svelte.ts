/** The lines of a log that are here, and those on their way. */
import type { LogLine } from '$lib/api/types';
import { asProblem, isAbort, type Problem } from '$lib/api/problem';

/** Lines of a chunk; the server's index has a place for each five hundred. */
export const CHUNK = 500;
/** About 32,000 lines: somebody who scrolls back finds them at once, and a window of lines from all over fits. */
const KEPT_MAX = 64;
/** Connections are few, and what is looked at matters more than what comes next. */
const FLIGHTS_MAX = 4;

export type Load = (from: number, count: number, signal: AbortSignal) => Promise<LogLine[]>;

export class Chunks {
  readonly #load: Load;
  /** By the first line, the longest unused first. */
  readonly #kept = new Map<number, LogLine[]>();
  readonly #flights = new Map<number, AbortController>();
  /** Of what is kept, what may have changed: shown as it is until it has been read again. */
  readonly #stale = new Set<number>();
  /** First lines of the chunks that are needed now, the most needed first. */
  #wished: number[] = [];
  #version = $state(0);
  #error = $state.raw<Problem>();

  constructor(load: Load) {
    this.#load = load;
  }

  get error(): Problem | undefined {
    return this.#error;
  }

  /** A line if it is here; who reads it follows its coming. */
  line(n: number): LogLine | undefined {
    void this.#version;
    const from = firstOf(n);
    return this.#kept.get(from)?.[n - from];
  }

  /**
   * Asks for lines that are looked at, in order, and for what lies next to them; gives up what is far
   * away by now. `lines`: how many there are.
   */
  want(looked: readonly number[], lines: number): void {
    const wished = [...new Set(looked.map(firstOf))];
    const near = [(wished.at(-1) ?? 1) + CHUNK, (wished[0] ?? 1) - CHUNK].filter(
      (at) => at >= 1 && at <= lines,
    );
    this.#wished = [...new Set([...wished, ...near])];
    for (const [at, flight] of this.#flights) {
      if (this.#wished.includes(at)) continue;
      flight.abort();
      this.#flights.delete(at);
    }
    for (const at of wished) this.#touch(at);
    this.#depart();
  }

  #depart(): void {
    for (const at of this.#wished) {
      if (this.#flights.size >= FLIGHTS_MAX) return;
      const isHere = this.#kept.has(at) && !this.#stale.has(at);
      if (!isHere && !this.#flights.has(at)) void this.#fetch(at);
    }
  }

  /** From this line on everything may have changed: what is looked at is read again. */
  renew(from: number): void {
    for (const at of this.#kept.keys()) if (at + CHUNK > from) this.#stale.add(at);
    for (const [at, flight] of this.#flights) {
      if (at + CHUNK <= from) continue;
      flight.abort();
      this.#flights.delete(at);
    }
    this.#error = undefined;
    this.#depart();
  }

  stop(): void {
    this.#wished = [];
    for (const flight of this.#flights.values()) flight.abort();
    this.#flights.clear();
  }

  #touch(at: number): void {
    const lines = this.#kept.get(at);
    if (!lines) return;
    this.#kept.delete(at);
    this.#kept.set(at, lines);
  }

  async #fetch(at: number): Promise<void> {
    const flight = new AbortController();
    this.#flights.set(at, flight);
    try {
      const lines = await this.#load(at, CHUNK, flight.signal);
      if (flight.signal.aborted) return;
      this.#kept.set(at, lines);
      this.#stale.delete(at);
      for (const oldest of this.#kept.keys()) {
        if (this.#kept.size <= KEPT_MAX) break;
        this.#kept.delete(oldest);
        this.#stale.delete(oldest);
      }
      this.#error = undefined;
      this.#version += 1;
    } catch (thrown) {
      // What failed is not asked for again by itself: a server in trouble is left alone.
      if (!flight.signal.aborted && !isAbort(thrown)) {
        this.#error = asProblem(thrown);
        this.#wished = [];
      }
    } finally {
      if (this.#flights.get(at) === flight) this.#flights.delete(at);
      this.#depart();
    }
  }
}

const firstOf = (line: number): number => Math.floor((line - 1) / CHUNK) * CHUNK + 1;
