/** How somebody likes logs to be shown, kept in this browser. */
import { TIME_MODES, type TimeMode } from './times';

function kept(name: string): string | null {
  try {
    return localStorage.getItem(`creel.log.${name}`);
  } catch {
    return null;
  }
}
function keep(name: string, value: string): void {
  try {
    localStorage.setItem(`creel.log.${name}`, value);
  } catch {
    // Then it lasts as long as the page.
  }
}

class Shown {
  #mode = $state<TimeMode>(TIME_MODES.find((mode) => mode === kept('times')) ?? 'since');
  #wrap = $state(kept('wrap') === 'on');

  get mode(): TimeMode {
    return this.#mode;
  }
  set mode(mode: TimeMode) {
    this.#mode = mode;
    keep('times', mode);
  }
  get wrap(): boolean {
    return this.#wrap;
  }
  set wrap(on: boolean) {
    this.#wrap = on;
    keep('wrap', on ? 'on' : 'off');
  }
}

export const shown = new Shown();
