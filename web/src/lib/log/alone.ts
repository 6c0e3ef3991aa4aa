/**
 * While something covers the window, what is behind it can be neither reached nor read out. Gives back how
 * to undo it. What says things to screen readers stays.
 */
export function alone(element: HTMLElement): () => void {
  const silenced: HTMLElement[] = [];
  for (let up = element; up !== document.body && up.parentElement; up = up.parentElement) {
    for (const beside of up.parentElement.children) {
      if (beside === up || !(beside instanceof HTMLElement) || beside.inert) continue;
      if (beside.matches('[role="status"], script, style')) continue;
      if (beside.querySelector('[role="status"]')) continue;
      beside.inert = true;
      silenced.push(beside);
    }
  }
  return () => {
    for (const one of silenced) one.inert = false;
  };
}
