/** Every page and its address. Pages load when they are gone to; the shell around them stays. */
import { createRouter, type HooksContext } from 'sv-router';
import { onSignedOut } from '$lib/api/client';
import { session } from '$lib/api/session.svelte';
import { arrived } from '$lib/keys/keys.svelte';
import { live } from '$lib/live/live.svelte';
import Shell from '$lib/shell/Shell.svelte';
import { arrive, watchClicks, watchScroll } from '$lib/shell/arrival';
import { failure } from '$lib/shell/failure.svelte';
import { links } from '$lib/url/links';
import { go, place } from '$lib/url/place.svelte';

/** Pages for people who are not signed in. */
const OPEN = ['/signin', '/setup'];

/** Where to come back to. */
const here = () => location.pathname + location.search + location.hash;

/** Where a page is being loaded for; the router never says that a part of it did not come. */
let underWay: string | null = null;
/** A part did not come, if only one that was fetched in advance: what is shown next may lack its style. */
let torn = false;

function hrefOf({ pathname, search, hash }: HooksContext): string {
  // Back and forward change the address first.
  if (pathname === location.pathname) return location.href;
  const url = new URL(pathname, location.origin);
  url.search = String(new URLSearchParams(search as Record<string, string>));
  url.hash = hash ?? '';
  return url.href;
}

addEventListener('vite:preloadError', () => {
  torn = true;
  if (underWay !== null) void failure.part(underWay);
});

/** Asks who we are before a page is shown, and leads to where one becomes somebody. */
async function guard(context: HooksContext): Promise<void> {
  const { pathname } = context;
  underWay = hrefOf(context);
  place.departs(pathname);
  // Not of the page we are on, which is whole.
  if (torn && pathname !== place.pathname) {
    await failure.part(underWay);
    // Nothing more happens here: the page is loaded whole, or it is told why not.
    return new Promise(() => undefined);
  }
  if (OPEN.includes(pathname)) {
    // These show what they can also when the server does not answer.
    await session.load().catch(() => undefined);
    return;
  }
  const current = await session.load();
  if (session.signedIn) {
    live.start();
    return;
  }
  const next = here();
  throw navigate(current.setup_needed ? '/setup' : '/signin', {
    replace: true,
    ...(next === '/' ? {} : { search: { next } }),
  });
}

export const { navigate, preload, route } = createRouter({
  layout: Shell,
  hooks: {
    beforeLoad: guard,
    afterLoad: () => {
      underWay = null;
      failure.clear();
      place.arrived();
      arrive();
      void arrived();
    },
    onError: (error) => {
      place.departs(place.pathname);
      return failure.of(error);
    },
  },
  '/': () => import('./pages/Home.svelte'),
  '/builds': () => import('./pages/Builds.svelte'),
  '/builds/:id': () => import('./pages/Build.svelte'),
  '/builds/:id/logs/:log': () => import('./pages/Log.svelte'),
  '/compare': () => import('./pages/Compare.svelte'),
  '/tests': () => import('./pages/Tests.svelte'),
  '/tests/detection': () => import('./pages/tests/Detection.svelte'),
  '/tests/:id': () => import('./pages/Test.svelte'),
  '/events': () => import('./pages/Events.svelte'),
  '/events/:id': () => import('./pages/Event.svelte'),
  '/subjects': () => import('./pages/Subjects.svelte'),
  '/subjects/*key': () => import('./pages/Subject.svelte'),
  '/agents': () => import('./pages/Agents.svelte'),
  '/sources': () => import('./pages/Sources.svelte'),
  '/sources/new': () => import('./pages/sources/Connect.svelte'),
  '/sources/new/azure': () => import('./pages/sources/ConnectAzure.svelte'),
  '/sources/new/buildkite': () => import('./pages/sources/ConnectBuildkite.svelte'),
  '/sources/new/sample': () => import('./pages/sources/ConnectSample.svelte'),
  '/settings': () => import('./pages/Settings.svelte'),
  '/settings/keys': () => import('./pages/settings/Keys.svelte'),
  '/settings/people': () => import('./pages/settings/People.svelte'),
  '/settings/storage': () => import('./pages/settings/Storage.svelte'),
  '/settings/sessions': () => import('./pages/settings/Sessions.svelte'),
  '/settings/audit': () => import('./pages/settings/Audit.svelte'),
  '/settings/forwarding': () => import('./pages/settings/Forwarding.svelte'),
  '/settings/feeds': () => import('./pages/settings/Feeds.svelte'),
  '/settings/appearance': () => import('./pages/settings/Appearance.svelte'),
  '/settings/about': () => import('./pages/settings/About.svelte'),
  '/help/local': () => import('./pages/HelpLocal.svelte'),
  '/help/reports': () => import('./pages/HelpReports.svelte'),
  // In parentheses: without the shell around them.
  '/(signin)': () => import('./pages/Signin.svelte'),
  '/(setup)': () => import('./pages/Setup.svelte'),
  '*': () => import('./pages/NotFound.svelte'),
});

place.bind(async (path, { search, hash, replace, stay }) => {
  await navigate(path as '/', { search, hash, replace, ...(stay ? { scrollToTop: false } : {}) });
});

function signedOut(): void {
  live.stop();
  session.forget();
  if (OPEN.includes(location.pathname)) return;
  go(links.signIn(here()), { replace: true });
}
onSignedOut(signedOut);
// A page that only listens makes no call that would tell.
live.onRefused = async () => {
  if (!(await session.stillKnown())) signedOut();
};

watchClicks();
watchScroll();
