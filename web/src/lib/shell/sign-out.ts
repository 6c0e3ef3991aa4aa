import { asProblem } from '$lib/api/problem';
import { session } from '$lib/api/session.svelte';
import { live } from '$lib/live/live.svelte';
import { toast } from '$lib/ui/toasts.svelte';
import { links } from '$lib/url/links';
import { go } from '$lib/url/place.svelte';

/** Ends the session and leads to the door; says so when that does not work. */
export async function signOut(): Promise<void> {
  try {
    await session.signOut();
    live.stop();
    go(links.signIn());
  } catch (thrown) {
    toast(`You are still signed in: ${asProblem(thrown).message}`, 'failed');
  }
}
