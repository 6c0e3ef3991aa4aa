/** What began a build, as people say it: `pullRequest` is a pull request, `batchedCI` a batched CI. Pure. */
export const reasonWords = (reason: string): string =>
  reason
    .split(/(?<=[a-z])(?=[A-Z])|_/)
    .map((word) => (/^[A-Z]+$/.test(word) ? word : word.toLowerCase()))
    .join(' ');
