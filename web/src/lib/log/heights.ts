/** Where rows stand when some are higher than others: lines that are wrapped. Pure. */

/** Rows whose heights are summed up together. */
const BLOCK = 512;

export class Heights {
  /** What a row has more than the usual height. */
  readonly #more = new Map<number, number>();
  readonly #blocks = new Map<number, number>();
  #sum = 0;

  constructor(
    readonly count: number,
    readonly usual: number,
  ) {}

  get total(): number {
    return this.count * this.usual + this.#sum;
  }

  /** Remembers how high a row is, and tells by how much that moves what is below. */
  set(row: number, height: number): number {
    const more = height - this.usual;
    const by = more - (this.#more.get(row) ?? 0);
    if (by === 0) return 0;
    this.#more.set(row, more);
    const block = Math.floor(row / BLOCK);
    this.#blocks.set(block, (this.#blocks.get(block) ?? 0) + by);
    this.#sum += by;
    return by;
  }

  of(row: number): number {
    return this.usual + (this.#more.get(row) ?? 0);
  }

  top(row: number): number {
    let top = row * this.usual;
    if (this.#more.size === 0) return top;
    const mine = Math.floor(row / BLOCK);
    for (const [block, more] of this.#blocks) if (block < mine) top += more;
    for (let before = mine * BLOCK; before < row; before += 1) top += this.#more.get(before) ?? 0;
    return top;
  }

  /** The row at a height; the nearest one beyond the ends. */
  at(y: number): number {
    const last = Math.max(0, this.count - 1);
    if (this.#more.size === 0) return Math.min(last, Math.max(0, Math.floor(y / this.usual)));
    let low = 0;
    let high = last;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.top(middle) <= y) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}
