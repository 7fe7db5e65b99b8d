// The submission beside the list: fetched ahead, put in place from memory, and never changed under the reader's hands.
import { ask } from './fragment.js';
import { enhance } from './console.js';
import { enhanceItem } from './item.js';
import { again as proved } from './reauth.js';
import { t } from './words.js';
import { beside, linkOf, rowOf, rows, select, titleOf } from './queuelist.js';

const root = document.getElementById('queue');
const pane = document.getElementById('queue-pane');
const say = document.getElementById('queue-say');
const none = document.getElementById('queue-none');
const fresh = 90_000;
const ahead = new Map(); // id → {at, answer, promise}
let shown = pane.querySelector('[data-sheet]')?.dataset.sheet ?? '';
let turn = 0;

export const current = () => shown;
export const sheet = () => pane.querySelector('[data-sheet]');

function fetchItem(url) { return ask(url, { fragment: 'item' }); }

// prefetch gets a submission before it is wanted. Fetching has no effect on the server.
function prefetch(row) {
  if (!row) return;
  const id = row.dataset.id;
  const kept = ahead.get(id);
  if (id === shown || kept && Date.now() - kept.at < fresh) return;
  const entry = { at: Date.now() };
  entry.promise = fetchItem(linkOf(row).href).then((answer) => { entry.answer = answer; return answer; });
  entry.promise.catch(() => ahead.delete(id));
  ahead.set(id, entry);
  if (ahead.size > 12) ahead.delete(ahead.keys().next().value);
}

export function prefetchAround() {
  const go = globalThis.requestIdleCallback ?? ((fn) => setTimeout(fn, 50));
  go(() => {
    if (!navigator.onLine) return;
    prefetch(beside(shown, 1));
    if (shown) { prefetch(beside(shown, -1)); prefetch(beside(shown, 2)); }
  }, { timeout: 300 }); // a slow computer is never idle, and needs it most
}

// forgetAhead drops what was fetched ahead, since something changed.
export function forgetAhead() { ahead.clear(); }

function take(id) {
  const kept = ahead.get(id);
  ahead.delete(id);
  return kept && Date.now() - kept.at < fresh ? kept : undefined;
}

// show puts the submission of a row beside the list. how is "push" for a step of its own in the history, "replace" for
// going on, or "" where the browser itself went there.
export async function show(row, how = 'push', focus = true) {
  const id = row.dataset.id;
  const url = linkOf(row).href;
  const mine = ++turn;
  shown = id;
  const kept = take(id);
  let answer = kept?.answer;
  root.classList.add('has-item');
  if (how === 'push') history.pushState({}, '', url);
  if (how === 'replace') history.replaceState({}, '', url);
  if (answer) put(answer, focus); // before anything is measured, so that the page is laid out once
  select(id);
  if (!answer) {
    const timer = setTimeout(() => { if (mine === turn) wait(); }, 120);
    try {
      answer = await (kept?.promise ?? fetchItem(url));
    } catch (error) {
      if (mine === turn) failed(row, error);
      return;
    } finally {
      clearTimeout(timer);
    }
    if (mine !== turn) return;
    put(answer, focus);
  }
  inSight();
  const all = rows();
  say.textContent = t('queue_at', { i: all.indexOf(row) + 1, n: all.length, title: titleOf(row) });
  prefetchAround();
}

function put(answer, focus) {
  pane.replaceChildren(answer.nodes);
  pane.removeAttribute('aria-busy');
  if (answer.title) document.title = `${answer.title} · Lan tỏa`;
  enhance(pane);
  enhanceItem(pane);
  // A submission that comes late takes the focus from nobody who types meanwhile: their letters would be keys.
  if (focus && !document.activeElement?.matches('input:not([type="checkbox"]), textarea, select, dialog *')) pane.focus({ preventScroll: true });
}

// inSight shows the beginning of what was put in place.
function inSight() {
  const top = pane.getBoundingClientRect().top;
  if (top < 0) scrollBy(0, top);
}

function wait() {
  pane.setAttribute('aria-busy', 'true');
  message(t('queue_loading'));
}

function message(text, label, act) {
  const box = Object.assign(document.createElement('div'), { className: 'queue-wait' });
  box.append(Object.assign(document.createElement('p'), { textContent: text }));
  if (label) {
    const button = Object.assign(document.createElement('button'), { type: 'button', textContent: label });
    button.addEventListener('click', act);
    box.append(button);
  }
  pane.replaceChildren(box);
}

// failed says why nothing is shown, and how to go on. What was refused is shown as the page that says so.
async function failed(row, error) {
  pane.removeAttribute('aria-busy');
  if (await proved(error)) { show(row, ''); return; }
  message(error.sentence?.() || t('queue_failed'), t('queue_retry'), () => show(row, ''));
}

// close goes back to the list alone.
export function close() {
  turn++;
  shown = '';
  root.classList.remove('has-item');
  select('');
  pane.replaceChildren(none.content.cloneNode(true));
  document.title = root.dataset.title;
}

// again fetches what is shown anew and puts it in place.
export async function again() {
  if (!shown) return;
  const mine = turn;
  const answer = await fetchItem(location.href);
  if (mine === turn) { put(answer, false); inSight(); }
}

// look fetches what is shown anew and, where it changed, offers it; the reader takes it when they want.
export async function look() {
  const here = sheet();
  if (!here || !shown) return;
  const mine = turn;
  const gone = rowOf(shown)?.classList.contains('gone');
  let answer;
  try { answer = await fetchItem(location.href); } catch { return; }
  const newer = answer.nodes.querySelector('[data-sheet]');
  if (mine !== turn || !newer || sheet() !== here) return;
  if (newer.dataset.version === here.dataset.version) return;
  offer(here, answer, gone);
}

function offer(here, answer, gone) {
  const bar = here.querySelector('.queue-news');
  const text = [t('queue_changed'), gone ? t('queue_gone') : ''].join(' ').trim();
  const box = document.createElement('p');
  box.className = 'notice warn line apart';
  box.setAttribute('role', 'status');
  box.append(Object.assign(document.createElement('span'), { textContent: text }));
  const button = Object.assign(document.createElement('button'), { type: 'button', className: 'small', textContent: t('queue_show_new') });
  button.addEventListener('click', () => { put(answer, true); inSight(); });
  box.append(button);
  bar.replaceChildren(box);
  bar.hidden = false;
}
