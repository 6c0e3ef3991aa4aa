/** What was read, for a short return, and one request for readers who ask for the same at once. */
import type { Reading } from './client';

/** Answers kept. A page that is left and come back to shows at once what it showed. */
const ANSWERS_MAX = 100;
/** What answers may weigh in sum, as far as their readings say; about as many bytes as were read. */
export const WEIGHT_MAX = 4_000_000;

type Flight = { promise: Promise<unknown>; waiting: number; controller: AbortController };

export class Cache {
  #answers = new Map<string, { answer: unknown; weight: number }>();
  #weight = 0;
  #flights = new Map<string, Flight>();

  peek<T>(key: string): T | undefined {
    return this.#answers.get(key)?.answer as T | undefined;
  }

  /** The oldest go for the newest; one that weighs too much by itself is not kept. */
  keep(key: string, answer: unknown, weight = 0): void {
    this.#drop(key);
    this.#answers.set(key, { answer, weight });
    this.#weight += weight;
    for (const oldest of this.#answers.keys()) {
      if (this.#answers.size <= ANSWERS_MAX && this.#weight <= WEIGHT_MAX) return;
      this.#drop(oldest);
    }
  }

  #drop(key: string): void {
    this.#weight -= this.#answers.get(key)?.weight ?? 0;
    this.#answers.delete(key);
  }

  /** Everything of somebody who signs out must go, also what is still on its way. */
  clear(): void {
    this.#answers.clear();
    this.#weight = 0;
    this.#flights.clear();
  }

  /**
   * Reads, or joins a reading under way; with `anew` only one that begins now, since the other may
   * tell of the time before a change. A reading ends early only when everybody who waits has lost
   * interest.
   */
  async read<T>(wanted: Reading<T>, signal: AbortSignal, anew = false): Promise<T> {
    signal.throwIfAborted();
    let flight = anew ? undefined : this.#flights.get(wanted.key);
    if (!flight) {
      const controller = new AbortController();
      const promise = wanted.load(controller.signal);
      const made: Flight = { controller, waiting: 0, promise };
      /** Not so when a newer one overtook it, or when it was forgotten. */
      const landed = () =>
        this.#flights.get(wanted.key) === made && this.#flights.delete(wanted.key);
      promise.then((answer) => {
        if (landed()) this.keep(wanted.key, answer, wanted.weight?.(answer));
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
