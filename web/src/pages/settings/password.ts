/** What the server takes as a password, in characters. */
const PASSWORD_MIN = 12;
export const PASSWORD_MAX = 1_024;
export const PASSWORD_HINT = `${PASSWORD_MIN} characters or more. No other rule: a few words are fine.`;

/** What is wrong with the length of one; `undefined`: nothing. */
export function tooShort(password: string): string | undefined {
  const { length } = [...password];
  return length < PASSWORD_MIN
    ? `${PASSWORD_MIN} characters or more, please; these are ${length}.`
    : undefined;
}

/** The token in what somebody pasted: it alone, or the whole link that ends with it. */
export const tokenIn = (pasted: string): string => pasted.trim().replace(/^.*#token=/, '');
