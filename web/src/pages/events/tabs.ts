/** The parts of an event, as its address names them. */
export const TABS = ['payload', 'headers', 'facts', 'processing', 'diff'] as const;
