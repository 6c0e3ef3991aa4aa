/** What is shown of a chosen step. */
export const PANELS = ['log', 'about', 'tasks', 'issues'] as const;
export type Panel = (typeof PANELS)[number];
