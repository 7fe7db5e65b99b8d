// The list of the queue: its rows, what is ticked, and how a newer list takes its place without moving anything under the
// reader's hands.
import { t } from './words.js';

const side = document.querySelector('.queue-side');
const place = document.getElementById('queue-list');
const seenName = `lantoa:${document.body.dataset.person ?? ''}:queue-seen`;

export const rows = () => [...document.querySelectorAll('#queue-rows > .queue-row')];
export const rowOf = (id) => rows().find((row) => row.dataset.id === id);
export const linkOf = (row) => row.querySelector('.queue-link');
export const titleOf = (row) => row.querySelector('.queue-title').textContent;
const boxOf = (row) => row.querySelector('input[name="pick"]');

// select marks the row of the submission that is shown, and no other.
export function select(id) {
  for (const row of rows()) {
    const link = linkOf(row);
    if (row.dataset.id === id) {
      link.setAttribute('aria-current', 'true');
      row.scrollIntoView({ block: 'nearest' });
      see(row);
    } else {
      link.removeAttribute('aria-current');
      if (row.classList.contains('gone') && !boxOf(row).checked) row.remove();
    }
  }
}

// beside returns the row so many places further, from the one that is shown; the first one if none is.
export function beside(id, step) {
  const all = rows();
  const at = all.findIndex((row) => row.dataset.id === id);
  return at < 0 ? all[0] : all[at + step];
}

// What somebody has seen on this computer, so that a row that changed since says so.
let seen = {};
try { seen = JSON.parse(localStorage.getItem(seenName) ?? '{}'); } catch { seen = {}; }

function see(row) {
  row.querySelector('.queue-fresh')?.remove();
  delete seen[row.dataset.id];
  seen[row.dataset.id] = row.dataset.version;
  for (const id of Object.keys(seen).slice(0, -300)) delete seen[id];
  try { localStorage.setItem(seenName, JSON.stringify(seen)); } catch { /* a full store marks nothing */ }
}

export function markChanged(current) {
  for (const row of rows()) {
    if (row.dataset.id === current) { see(row); continue; }
    const known = seen[row.dataset.id];
    row.querySelector('.queue-fresh')?.remove();
    if (known === undefined || known === row.dataset.version) continue;
    const mark = Object.assign(document.createElement('span'), { className: 'queue-fresh', textContent: `● ${t('queue_new')}` });
    row.querySelector('.queue-meta')?.append(mark);
  }
}

// Ticks

let last;

export function tick(row, range = false) {
  const box = row && boxOf(row);
  if (!box) return;
  const all = rows();
  const from = all.findIndex((other) => other.dataset.id === last);
  if (range && from >= 0) {
    const to = all.indexOf(row);
    for (const other of all.slice(Math.min(from, to), Math.max(from, to) + 1)) boxOf(other).checked = true;
  } else {
    box.checked = !box.checked;
  }
  last = row.dataset.id;
  count();
}

export function count() {
  const boxes = rows().map(boxOf);
  const n = boxes.filter((box) => box.checked).length;
  const all = document.getElementById('queue-all');
  const told = document.getElementById('queue-ticked');
  if (!all || !told) return;
  all.closest('label').hidden = false;
  all.checked = n > 0 && n === boxes.length;
  all.indeterminate = n > 0 && n < boxes.length;
  told.textContent = t('queue_ticked', { n });
  const bar = told.closest('.queue-bar');
  bar.classList.add('live');
  bar.classList.toggle('some', n > 0);
}

place.addEventListener('change', (event) => {
  if (event.target.id === 'queue-all') {
    for (const row of rows()) boxOf(row).checked = event.target.checked;
  } else if (event.target.name === 'pick') {
    last = event.target.closest('.queue-row').dataset.id;
  }
  count();
});
place.addEventListener('click', (event) => {
  if (event.target.name !== 'pick' || !event.shiftKey || !last) return;
  const row = event.target.closest('.queue-row');
  const before = last;
  event.target.checked = false;
  last = before;
  tick(row, true);
});

// A newer list

// patch puts a newer list in place: rows that stay are the same elements, what is ticked or shown stays though it left the
// list, and what is in sight does not move.
export function patch(nodes, current) {
  for (const part of ['tabs', 'facets']) {
    const now = document.getElementById(`queue-${part}`);
    const next = nodes.querySelector(`[data-part="${part}"]`);
    if (now && next && !now.contains(document.activeElement)) now.replaceChildren(...next.childNodes);
  }
  const next = nodes.querySelector('[data-part="list"]');
  const list = document.getElementById('queue-rows');
  const newer = next.querySelector('#queue-rows');
  if (!list || !newer) {
    if (list && rows().some((row) => row.dataset.id === current || boxOf(row).checked)) {
      for (const row of rows()) leave(row, current);
    } else {
      place.replaceChildren(...next.childNodes);
    }
  } else {
    steadily(current, () => merge(list, [...newer.children], current));
    trade(next, '.queue-pages', list);
    trade(next, '[name="all"]', document.querySelector('.queue-bar'));
  }
  markChanged(current);
  count();
}

// leave takes a row out that the newer list does not have.
function leave(row, current) {
  if (row.dataset.id === current || boxOf(row).checked) row.classList.add('gone');
  else row.remove();
}

function merge(list, newer, current) {
  const focused = document.activeElement;
  const old = new Map(rows().map((row) => [row.dataset.id, row]));
  const ids = new Set(newer.map((row) => row.dataset.id));
  for (const [id, row] of old) if (!ids.has(id)) leave(row, current);
  let at = list.firstElementChild;
  for (const next of newer) {
    const row = old.get(next.dataset.id);
    if (row) renew(row, next);
    while (at?.classList.contains('gone')) at = at.nextElementSibling;
    if (row && row === at) at = at.nextElementSibling;
    else list.insertBefore(row ?? next, at);
  }
  if (focused !== document.activeElement && list.contains(focused)) focused.focus({ preventScroll: true });
}

// renew shows in a row what is new. What was ticked keeps when it was seen, so that a batch leaves out what changed since.
function renew(row, next) {
  row.classList.remove('gone');
  row.dataset.version = next.dataset.version;
  linkOf(row).replaceChildren(...linkOf(next).childNodes);
  linkOf(row).href = linkOf(next).href;
  if (!boxOf(row).checked) boxOf(row).value = boxOf(next).value;
}

// trade puts a newer element in the place of an older one.
function trade(next, css, near) {
  const older = place.querySelector(css);
  const newer = next.querySelector(css);
  if (older && newer) older.replaceWith(newer);
  else if (older) older.remove();
  else if (newer && css === '.queue-pages') near.after(newer);
  else if (newer) near.append(newer);
}

// steadily keeps the row that is shown, or the first in sight, where it is.
function steadily(current, change) {
  const box = getComputedStyle(side).overflowY === 'auto' ? side : document.scrollingElement;
  const top = box === side ? side.getBoundingClientRect().top : 0;
  const anchor = [rowOf(current), ...rows()].find((row) => row && row.getBoundingClientRect().bottom > top);
  const before = anchor?.getBoundingClientRect().top;
  change();
  if (anchor?.isConnected && box.scrollTop > 0) box.scrollTop += anchor.getBoundingClientRect().top - before;
}
