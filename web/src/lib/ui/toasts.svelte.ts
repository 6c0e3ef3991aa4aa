/** Short messages at the edge of the page, and the one live region that says them. */
import { Announcer } from './announcer';

export type Tone = 'plain' | 'failed';
export type Toast = { id: number; text: string; tone: Tone };

const SHOWN_MS = 5_000;
const SHOWN_MAX = 3;

let shown = $state.raw<Toast[]>([]);
let said = $state('');
let ids = 0;

const announcer = new Announcer(
  { now: () => performance.now(), after: (run, ms) => setTimeout(run, ms) },
  (text) => (said = text),
);

export const toasts = {
  get shown() {
    return shown;
  },
  get said() {
    return said;
  },
};

/** Shows a message for five seconds and says it. */
export function toast(text: string, tone: Tone = 'plain'): void {
  const id = ++ids;
  shown = [...shown.slice(1 - SHOWN_MAX), { id, text, tone }];
  setTimeout(() => dismiss(id), SHOWN_MS);
  announcer.announce(text);
}

export function dismiss(id: number): void {
  shown = shown.filter((one) => one.id !== id);
}

/** Says something to those who cannot see it happen; shows nothing. */
export function announce(text: string): void {
  announcer.announce(text);
}
