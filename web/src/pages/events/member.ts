/** Finds the text of a member in a JSON document, as it stands there: parsing would lose how it was written. */

const QUOTE = 34;
const BACKSLASH = 92;
const isSpace = (code: number) => code === 32 || code === 10 || code === 13 || code === 9;

function afterSpace(json: string, at: number): number {
  while (isSpace(json.charCodeAt(at))) at += 1;
  return at;
}

/** `at` stands on the opening quote. */
function afterString(json: string, at: number): number {
  let end = at;
  for (;;) {
    end = json.indexOf('"', end + 1);
    if (end < 0) return json.length;
    let before = end - 1;
    while (json.charCodeAt(before) === BACKSLASH) before -= 1;
    if ((end - before) % 2 === 1) return end + 1;
  }
}

function afterValue(json: string, at: number): number {
  const first = json[at];
  if (first === '"') return afterString(json, at);
  if (first !== '{' && first !== '[') {
    while (at < json.length && !',}]'.includes(json[at] as string)) at += 1;
    while (isSpace(json.charCodeAt(at - 1))) at -= 1;
    return at;
  }
  let depth = 0;
  while (at < json.length) {
    const code = json.charCodeAt(at);
    if (code === QUOTE) {
      at = afterString(json, at);
      continue;
    }
    if (code === 123 || code === 91) depth += 1;
    else if (code === 125 || code === 93) depth -= 1;
    at += 1;
    if (depth === 0) return at;
  }
  return at;
}

/** The text of the member `name` of the object that `json` is; `null` if it has none. */
export function memberText(json: string, name: string): string | null {
  let at = afterSpace(json, 0);
  if (json[at] !== '{') return null;
  at = afterSpace(json, at + 1);
  while (json[at] === '"') {
    const endOfKey = afterString(json, at);
    const key: unknown = JSON.parse(json.slice(at, endOfKey));
    const from = afterSpace(json, afterSpace(json, endOfKey) + 1);
    const to = afterValue(json, from);
    if (key === name) return json.slice(from, to);
    at = afterSpace(json, to);
    if (json[at] !== ',') return null;
    at = afterSpace(json, at + 1);
  }
  return null;
}
