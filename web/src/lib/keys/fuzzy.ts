/** How well a typed word fits a text; `null` when it does not. Higher is better. */

export function fuzzy(typed: string, text: string): number | null {
  const wanted = typed.toLowerCase().replaceAll(' ', '');
  const lower = text.toLowerCase();
  if (wanted === '') return 0;
  const whole = lower.indexOf(typed.toLowerCase().trim());
  // As typed, in one piece: a beginning of a word beats the middle of one.
  if (whole >= 0) return 1_000 - whole - lower.length + (startsWord(lower, whole) ? 500 : 0);
  let score = 0;
  let place = -1;
  for (const letter of wanted) {
    const next = lower.indexOf(letter, place + 1);
    if (next < 0) return null;
    if (next === place + 1) score += 8;
    if (startsWord(lower, next)) score += 12;
    score -= Math.min(10, next - place - 1);
    place = next;
  }
  return score - lower.length / 10;
}

const startsWord = (text: string, place: number) =>
  place === 0 || /[\s\-_./#:]/.test(text.charAt(place - 1));

export type Found = { score: number; text: string };

/** The best of several texts for one thing. */
export function fuzzyBest(typed: string, texts: readonly string[]): Found | null {
  let best: Found | null = null;
  for (const text of texts) {
    const score = fuzzy(typed, text);
    if (score !== null && (best === null || score > best.score)) best = { score, text };
  }
  return best;
}

/** Where no text has all that was typed, every word may be found in another: `settings people`. */
export function fuzzyWords(typed: string, texts: readonly string[]): Found | null {
  const whole = fuzzyBest(typed, texts);
  const words = typed.split(/\s+/).filter(Boolean);
  const inOnePiece = whole?.text.toLowerCase().includes(typed.toLowerCase().trim());
  if (words.length < 2 || inOnePiece) return whole;
  const each = words.map((word) => fuzzyBest(word, texts));
  if (!each.every((found) => found !== null)) return whole;
  const score = each.reduce((sum, found) => sum + found.score, 0) / each.length;
  if (whole && whole.score >= score) return whole;
  const [last] = each.toSorted((a, b) => b.score - a.score);
  return last ? { score, text: last.text } : whole;
}
