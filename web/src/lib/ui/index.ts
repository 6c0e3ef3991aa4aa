/**
 * The design system. Pages import from here; the README lists every part in a line. What only a few
 * pages need (Checkbox, Code, Dialog, JsonTree) is imported from its own file, so that others do not load it.
 */
export { default as Button } from './Button.svelte';
export { default as Chip } from './Chip.svelte';
export { default as Copy } from './Copy.svelte';
export { default as Duration } from './Duration.svelte';
export { default as Empty } from './Empty.svelte';
export { default as ErrorState } from './ErrorState.svelte';
export { default as Field } from './Field.svelte';
export { default as Kbd } from './Kbd.svelte';
export { default as Menu } from './Menu.svelte';
export { default as Page } from './Page.svelte';
export { default as RelativeTime } from './RelativeTime.svelte';
export { default as Select } from './Select.svelte';
export { default as Shape } from './Shape.svelte';
export { default as Skeleton } from './Skeleton.svelte';
export { default as Status } from './Status.svelte';
export { default as Table, type Column } from './Table.svelte';
export { default as Tabs } from './Tabs.svelte';
export { default as Waiting } from './Waiting.svelte';
export { lookOf, wordOf } from './status';
export { announce, toast } from './toasts.svelte';
