/** What was read, for a short return, and one request for readers who ask for the same at once. */
import type { Reading } from './client';

/** Answers kept. A page that is left and come back to shows at once what it showed. */
const ANSWERS_MAX = 100;

type Flight = { promise: Promise<unknown>; waiting: number; controller: AbortController };

export class Cache {
  #answers = new Map<string, unknown>();
  #flights = new Map<string, Flight>();

  peek<T>(key: string): T | undefined {
    return this.#answers.get(key) as T | undefined;
  }

  keep(key: string, answer: unknown): void {
    this.#answers.delete(key);
    this.#answers.set(key, answer);
    if (this.#answers.size > ANSWERS_MAX) {
      this.#answers.delete(this.#answers.keys().next().value as string);
    }
  }

  /** Everything of somebody who signs out must go. */
  clear(): void {
    this.#answers.clear();
  }

  /**
   * Reads, or joins a reading under way. A reading ends early only when everybody who waits has
   * lost interest.
   */
  async read<T>(wanted: Reading<T>, signal: AbortSignal): Promise<T> {
    signal.throwIfAborted();
    let flight = this.#flights.get(wanted.key);
    if (!flight) {
      const controller = new AbortController();
      const made: Flight = { controller, waiting: 0, promise: wanted.load(controller.signal) };
      const landed = () => {
        if (this.#flights.get(wanted.key) === made) this.#flights.delete(wanted.key);
      };
      made.promise.then((answer) => {
        landed();
        this.keep(wanted.key, answer);
      }, landed);
      this.#flights.set(wanted.key, made);
      flight = made;
    }
    const joined = flight;
    joined.waiting += 1;
    return await new Promise<T>((resolve, reject) => {
      const leave = () => {
        joined.waiting -= 1;
        if (joined.waiting === 0) {
          joined.controller.abort();
          if (this.#flights.get(wanted.key) === joined) this.#flights.delete(wanted.key);
        }
        reject(signal.reason);
      };
      signal.addEventListener('abort', leave, { once: true });
      joined.promise
        .then((answer) => resolve(answer as T), reject)
        .finally(() => signal.removeEventListener('abort', leave));
    });
  }
}

export const cache = new Cache();
