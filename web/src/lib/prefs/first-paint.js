// Runs before the first paint: a chosen theme must not flash in the other one.
try {
  const theme = localStorage.getItem('creel.theme');
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
} catch {
  // Storage can be forbidden; then the system's theme is right.
}
