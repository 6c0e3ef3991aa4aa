/** The key that the wizard sets up a sender with. */
export type ChosenKey = {
  id: number;
  /** `null` until the list of keys was read. */
  name: string | null;
  /** Known only of a key that was made on this page. */
  secret: string | null;
  signing: boolean;
};
