/** What a reader prefers, kept in this browser: theme, time zone, keyboard. */
import { MediaQuery } from 'svelte/reactivity';
import type { Zone } from '$lib/format/format';

export type Theme = 'system' | 'light' | 'dark';

function kept(name: string): string | null {
  try {
    return localStorage.getItem(`creel.${name}`);
  } catch {
    return null;
  }
}

function keep(name: string, value: string | null): void {
  try {
    if (value === null) localStorage.removeItem(`creel.${name}`);
    else localStorage.setItem(`creel.${name}`, value);
  } catch {
    // Storage can be full or forbidden: the choice then lasts as long as the page.
  }
}

const systemIsDark = new MediaQuery('(prefers-color-scheme: dark)');

class Prefs {
  #theme = $state<Theme>('system');
  #zone = $state<Zone>('local');
  #keys = $state(true);

  constructor() {
    this.#read();
    // Tabs agree at once.
    addEventListener('storage', (event) => {
      if (event.key === null || event.key.startsWith('creel.')) this.#read();
    });
  }

  #read(): void {
    const theme = kept('theme');
    this.#theme = theme === 'light' || theme === 'dark' ? theme : 'system';
    this.#zone = kept('zone') === 'utc' ? 'utc' : 'local';
    this.#keys = kept('keys') !== 'off';
    this.#paint();
  }

  #paint(): void {
    const root = document.documentElement;
    if (this.#theme === 'system') delete root.dataset.theme;
    else root.dataset.theme = this.#theme;
  }

  get theme(): Theme {
    return this.#theme;
  }
  set theme(theme: Theme) {
    this.#theme = theme;
    keep('theme', theme === 'system' ? null : theme);
    this.#paint();
  }

  /** What is seen now, whoever chose it. */
  get dark(): boolean {
    return this.#theme === 'dark' || (this.#theme === 'system' && systemIsDark.current);
  }

  toggleTheme(): void {
    this.theme = this.dark ? 'light' : 'dark';
  }

  get zone(): Zone {
    return this.#zone;
  }
  set zone(zone: Zone) {
    this.#zone = zone;
    keep('zone', zone === 'local' ? null : zone);
  }

  toggleZone(): void {
    this.zone = this.#zone === 'utc' ? 'local' : 'utc';
  }

  /** Whether single keys do something (WCAG 2.1.4). `Ctrl K` and Escape always do. */
  get keys(): boolean {
    return this.#keys;
  }
  set keys(on: boolean) {
    this.#keys = on;
    keep('keys', on ? null : 'off');
  }
}

export const prefs = new Prefs();
