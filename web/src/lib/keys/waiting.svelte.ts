/**
 * A key that was pressed before the page has what it leads to. It is done once that has come, or with what is
 * there after a while, and forgotten when somebody does something else meanwhile.
 *
 *     const wait = waiting();
 *     shortcuts('Build', [{ keys: 'l', label: 'The log', run: () => wait(() => ready, open) }]);
 */
export const WAIT_MAX_MS = 3_000;

type Wish = { ready: () => boolean; run: () => void };

export function waiting(): (ready: () => boolean, run: () => void) => void {
  let wish = $state.raw<Wish | null>(null);
  /** What is done may itself be a key that waits: it is never done twice. */
  function done(it: Wish): void {
    wish = null;
    it.run();
  }

  $effect(() => {
    const it = wish;
    if (!it) return;
    const forget = () => (wish = null);
    const timer = setTimeout(() => done(it), WAIT_MAX_MS);
    // Before the shell hears of it: the same key may be wished for anew.
    addEventListener('keydown', forget, { capture: true });
    addEventListener('pointerdown', forget, { capture: true });
    return () => {
      clearTimeout(timer);
      removeEventListener('keydown', forget, { capture: true });
      removeEventListener('pointerdown', forget, { capture: true });
    };
  });
  $effect(() => {
    if (wish?.ready()) {
      const it = wish;
      queueMicrotask(() => {
        if (wish === it) done(it);
      });
    }
  });

  return (ready, run) => {
    if (ready()) run();
    else wish = { ready, run };
  };
}
