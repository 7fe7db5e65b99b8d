// Single keys that act. They are off while somebody types or composes Vietnamese, with a modifier held, behind an open
// dialog, and where they are switched off (WCAG 2.1.4). Shift stands before a key as "shift+x".
const table = new Map();

export const on = () => document.documentElement.dataset.keys !== 'off';

// keys adds keys: {j: (event) => …}. A key that acts is not also typed.
export function keys(more) {
  for (const [key, act] of Object.entries(more)) table.set(key, act);
}

function typing(target) {
  return target instanceof Element && target.closest('input:not([type="checkbox"], [type="radio"], [type="button"]), textarea, select, [contenteditable]') !== null;
}

document.addEventListener('keydown', (event) => {
  if (!on() || event.isComposing || event.keyCode === 229 || event.ctrlKey || event.metaKey || event.altKey) return;
  if (typing(event.target) || document.querySelector('dialog[open]')) return;
  let key = event.key.toLowerCase();
  if (event.shiftKey && /^[a-z]$/.test(key)) key = `shift+${key}`;
  const act = table.get(key);
  if (!act) return;
  event.preventDefault();
  act(event);
});
