/** What may stand in the way of the first event. */
export type Cause = {
  title: string;
  text: string;
  /** Nothing gets to the address: not so once anything has. */
  unreached?: boolean;
  href?: string;
  link?: string;
};
