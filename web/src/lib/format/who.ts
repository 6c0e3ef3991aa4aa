/** Who did something. */
const KINDS: Record<string, string> = {
  owner: 'On the server',
  link: 'Holder of a link',
  stranger: 'Somebody unknown',
  creel: 'Creel',
};

/** As people say it. */
export const whoOf = (who: { kind: string; name: string | null }): string =>
  who.name ?? KINDS[who.kind] ?? who.kind;
