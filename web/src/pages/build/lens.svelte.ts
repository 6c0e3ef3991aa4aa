/** What part of the time is in sight: zoom, drag along, and the line under the pointer. */
import { centre, FIT, isFit, offset, pan, type Span, ticks, type View, zoom } from './timeline';

const ZOOM = 1.6;
const TICK_PX = 84;
/** About what a letter of its name takes: what is cut at the edge is left out. */
const LETTER_PX = 7;
/** Less is a click with an unsteady hand. */
const DRAG_PX = 4;

export class Lens {
  readonly #whole: () => { from: number; length: number };
  #view = $state.raw<View>(FIT);
  /** How wide the bars are, in pixels. */
  width = $state(0);
  /** Where the pointer is, and how far after the begin that is. */
  guide = $state.raw<{ percent: number; label: string } | null>(null);
  #drag: { x: number; from: View; moved: boolean } | null = null;

  /** The time that all rows share. */
  constructor(whole: () => { from: number; length: number }) {
    this.#whole = whole;
  }

  readonly seen: Span = $derived.by(() => {
    const { from, length } = this.#whole();
    return { from: from + this.#view.from * length, to: from + this.#view.to * length };
  });
  readonly marks = $derived.by(() => {
    const most = Math.max(2, Math.floor(this.width / TICK_PX));
    return ticks(this.seen, this.#whole().from, most).map(({ at, label }) => {
      const left = this.left(at);
      const room = this.width * (1 - left / 100);
      return { at, left, label: room < (label.length + 1) * LETTER_PX ? '' : label };
    });
  });
  /** All of it is in sight. */
  get isFit(): boolean {
    return isFit(this.#view);
  }
  /** The click that ends a drag chooses nothing. */
  get wasDragged(): boolean {
    return this.#drag?.moved ?? false;
  }

  /** Where a time is, in percent of the width. */
  left = (at: number): number => ((at - this.seen.from) / (this.seen.to - this.seen.from)) * 100;

  fit(): void {
    this.#view = FIT;
  }
  pan(by: number): void {
    this.#view = pan(this.#view, by);
  }
  /** Around what is pointed at, else around a span. */
  zoom(closer: boolean, around: Span | null): void {
    const factor = closer ? ZOOM : 1 / ZOOM;
    const { from, to } = this.#view;
    if (this.guide) {
      this.#view = zoom(this.#view, factor, from + (this.guide.percent / 100) * (to - from));
      return;
    }
    const whole = this.#whole();
    this.#view = around
      ? centre(
          this.#view,
          factor,
          ((around.from + around.to) / 2 - whole.from) / Math.max(1, whole.length),
        )
      : zoom(this.#view, factor);
  }

  grabbed(event: PointerEvent): void {
    const inBars = event.target instanceof Element && event.target.closest('.bars') !== null;
    if (inBars && event.pointerType === 'mouse' && event.button === 0 && !this.isFit)
      this.#drag = { x: event.clientX, from: this.#view, moved: false };
  }
  /** `area`: what the bars stand in, at its right. */
  moved(event: PointerEvent, area: Element): void {
    const bars = area.getBoundingClientRect().right - this.width;
    const part = (event.clientX - bars) / this.width;
    if (this.#drag && this.width > 0) {
      const by = event.clientX - this.#drag.x;
      this.#drag.moved ||= Math.abs(by) > DRAG_PX;
      if (this.#drag.moved) this.#view = pan(this.#drag.from, -by / this.width);
    }
    if (part < 0 || part > 1 || event.pointerType !== 'mouse') return this.unguide();
    const after = this.seen.from + part * (this.seen.to - this.seen.from) - this.#whole().from;
    this.guide = { percent: part * 100, label: offset(Math.round(after / 100) * 100) };
  }
  unguide(): void {
    this.guide = null;
  }
  letGo(): void {
    // The click comes after this.
    const dragged = this.#drag;
    setTimeout(() => {
      if (this.#drag === dragged) this.#drag = null;
    });
  }
}
