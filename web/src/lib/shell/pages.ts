/** The pages of the rail, in its order: icons, keys and the words search knows them by. */
import ServerIcon from '@lucide/svelte/icons/server';
import FlaskIcon from '@lucide/svelte/icons/flask-conical';
import HammerIcon from '@lucide/svelte/icons/hammer';
import HouseIcon from '@lucide/svelte/icons/house';
import InboxIcon from '@lucide/svelte/icons/inbox';
import LayersIcon from '@lucide/svelte/icons/layers';
import RadioTowerIcon from '@lucide/svelte/icons/radio-tower';
import SettingsIcon from '@lucide/svelte/icons/settings';

export const pages = [
  { label: 'Home', href: '/', icon: HouseIcon, keys: 'g h' },
  { label: 'Builds', href: '/builds', icon: HammerIcon, keys: 'g b' },
  { label: 'Tests', href: '/tests', icon: FlaskIcon, keys: 'g t' },
  { label: 'Subjects', href: '/subjects', icon: LayersIcon, keys: 'g j' },
  { label: 'Agents', href: '/agents', icon: ServerIcon, keys: 'g a' },
  { label: 'Events', href: '/events', icon: InboxIcon, keys: 'g e' },
  { label: 'Sources', href: '/sources', icon: RadioTowerIcon, keys: 'g s' },
  { label: 'Settings', href: '/settings', icon: SettingsIcon, keys: 'g ,' },
] as const;

export const isHere = (href: string, pathname: string): boolean =>
  href === '/' ? pathname === '/' : pathname === href || pathname.startsWith(`${href}/`);
