// Finding units in a tree while somebody types, and the board of phones that keeps itself new. Without it the tree is
// opened by hand or asked for by the form above it, and the board is as old as its page.
import { ask } from './fragment.js';
import { live } from './live.js';
import { fold, t } from './words.js';

for (const box of document.querySelectorAll('.roster-filter')) {
  const tree = document.getElementById(box.dataset.tree);
  const input = box.querySelector('input');
  const told = box.querySelector('[role="status"]');
  const nodes = [...tree.querySelectorAll('.roster-node')];
  if (nodes.length < 8) continue;
  box.hidden = false;
  const opened = new Map([...tree.querySelectorAll('details')].map((d) => [d, d.open]));
  let timer;
  input.addEventListener('input', () => { clearTimeout(timer); timer = setTimeout(show, 80); });
  // Enter would send the form around the tree.
  input.addEventListener('keydown', (event) => { if (event.key === 'Enter') event.preventDefault(); });

  function show() {
    const want = fold(input.value);
    let found = 0;
    for (const node of nodes) node.hidden = want !== '';
    if (want === '') {
      for (const [details, open] of opened) details.open = open;
      told.textContent = '';
      return;
    }
    for (const node of nodes) {
      if (!fold(node.dataset.name).includes(want)) continue;
      found++;
      for (const below of node.querySelectorAll('.roster-node')) below.hidden = false;
      for (let up = node; up; up = up.parentElement.closest('.roster-node')) {
        up.hidden = false;
        const below = up.querySelector(':scope > details');
        if (below && up !== node) below.open = true;
      }
    }
    // What was ticked stays in sight: nobody sends what they do not see.
    for (const ticked of tree.querySelectorAll('input:checked')) {
      for (let up = ticked.closest('.roster-node'); up; up = up.parentElement.closest('.roster-node')) up.hidden = false;
    }
    told.textContent = t('roster_found', { n: found });
  }
}

// A table that the server would refuse is not sent for minutes first.
const table = document.querySelector('input[type="file"][name="table"]');
table?.addEventListener('change', () => {
  table.setCustomValidity((table.files[0]?.size ?? 0) > 8 * 1024 * 1024 ? t('roster_large') : '');
  table.reportValidity();
});

// The board is asked for anew when something happened and once a minute, but not while somebody is in it with the
// keyboard, nor under their finger.
const board = document.querySelector('[data-live="board"]');
if (board) {
  let asking = false;
  const renew = async () => {
    if (asking || document.visibilityState === 'hidden' || !navigator.onLine || board.contains(document.activeElement)) return;
    asking = true;
    try {
      const { nodes } = await ask(location.href, { fragment: 'board' });
      if (!board.contains(document.activeElement)) board.replaceChildren(nodes);
    } catch {
      // The page says how old it is; the next time is soon.
    } finally {
      asking = false;
    }
  };
  live(renew);
  setInterval(renew, 60_000);
}
