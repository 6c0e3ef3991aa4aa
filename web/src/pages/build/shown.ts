/** What of a timeline is shown; the address keeps it. */
export type Shown = {
  /** Earlier attempts. */
  attempts: boolean;
  tasks: boolean;
  /** The critical path. */
  path: boolean;
  /** The last green build behind this one. */
  green: boolean;
};
