// The queue: keys, opening a submission beside the list, acts without leaving it, and what is new, as it comes.
import { ask } from './fragment.js';
import { enhance, forget } from './console.js';
import { keys } from './keys.js';
import { live } from './live.js';
import { again as proved } from './reauth.js';
import { toast } from './toast.js';
import { t } from './words.js';
import { enhanceItem } from './item.js';
import { beside, count, linkOf, markChanged, patch, rowOf, rows, tick } from './queuelist.js';
import { again, close, current, forgetAhead, look, prefetchAround, show } from './queuepane.js';

const root = document.getElementById('queue');
const pane = document.getElementById('queue-pane');
const told = document.getElementById('told');

// Going through the list

function step(by) {
  const row = beside(current(), by);
  if (row) {
    show(row, current() ? 'replace' : 'push');
    return;
  }
  const next = by > 0 && document.querySelector('.queue-pages a[rel="next"]');
  if (next) {
    sessionStorage.setItem('lantoa:queue-first', 'yes');
    location.assign(next.href);
    return;
  }
  toast(t(by > 0 ? 'queue_last' : 'queue_first'));
}

root.addEventListener('click', (event) => {
  if (event.defaultPrevented || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  const link = event.target.closest('.queue-link');
  if (link) {
    event.preventDefault();
    show(link.closest('.queue-row'), 'push');
    return;
  }
  if (event.target.closest('.queue-back a')) {
    event.preventDefault();
    const row = rowOf(current());
    history.pushState({}, '', root.dataset.list);
    close();
    if (row) linkOf(row).focus();
  }
});

addEventListener('popstate', () => {
  const id = location.pathname.split('/')[3] ?? '';
  const row = id && rowOf(id);
  if (row) show(row, '');
  else if (id) location.reload();
  else close();
});

// Keys

const press = (key) => {
  const target = pane.querySelector(`[data-key="${key}"]:not([aria-disabled="true"])`);
  if (target) target.click();
  else if (current()) toast(t('queue_no_act'));
};
const at = () => document.activeElement.closest?.('.queue-row') ?? rowOf(current());

keys({
  j: () => step(1),
  k: () => step(-1),
  x: () => tick(at()),
  'shift+x': () => tick(at(), true),
  z: () => {
    const undo = [...document.querySelectorAll('form[data-undo]')].pop();
    if (undo) undo.requestSubmit();
    else toast(t('queue_no_undo'));
  },
  '/': () => { const field = document.getElementById('queue-q'); field.focus(); field.select(); },
  '?': () => document.getElementById('queue-keys').showModal(),
});
for (const key of ['a', 'b', 'c', 'r', 'e', 'd', 'p', 't']) keys({ [key]: () => press(key) });

// Acts on what is shown are sent without leaving the list. Whatever is not simply done (a question, a refusal, a session
// that ended) is sent again as a plain form: its identity is the same, so nothing happens twice, and its page says why.
const onward = ['approve', 'return', 'decline', 'adopt'];

async function send(form, submitter) {
  if (form.dataset.sending) return;
  form.dataset.sending = 'yes';
  submitter?.setAttribute('aria-busy', 'true');
  try {
    const answer = await ask(form.action, { method: 'POST', body: new URLSearchParams(new FormData(form, submitter)) });
    if (answer.location) {
      await after(form);
      return;
    }
  } catch (error) {
    if (error instanceof TypeError) {
      delete form.dataset.sending;
      submitter?.removeAttribute('aria-busy');
      toast(t('failed'), { bad: true });
      return;
    }
    if (await proved(error)) { // who is there was asked beside the page, and nothing typed is lost
      delete form.dataset.sending;
      await send(form, submitter);
      return;
    }
  }
  HTMLFormElement.prototype.submit.call(form);
}

async function after(form) {
  forget(form);
  sessionStorage.removeItem('lantoa:sent');
  form.closest('dialog')?.close();
  const next = onward.includes(form.dataset.act) ? beside(current(), 1) ?? beside(current(), -1) : undefined;
  forgetAhead();
  if (next && next.dataset.id !== current()) await show(next, 'replace');
  else await again();
  await refresh('told');
  prefetchAround();
}

document.addEventListener('submit', (event) => {
  const form = event.target;
  if (!form.dataset.act || form.method !== 'post' || !navigator.onLine) return;
  if (!pane.contains(form) && !form.closest('dialog')) return;
  event.preventDefault();
  send(form, event.submitter);
}, true);

// What is new

let busy = false;
let missed = false;

async function refresh(fragment) {
  const nodes = (await ask(root.dataset.list, { fragment })).nodes;
  const said = nodes.querySelector('[data-part="told"]');
  if (said) {
    told.replaceChildren(...said.childNodes);
    enhance(told);
  }
  patch(nodes, current());
}

async function poked() {
  if (busy) { missed = true; return; }
  busy = true;
  try {
    await refresh('list');
    forgetAhead();
    await look();
    prefetchAround();
  } catch { /* without a network the strip of the frame says so; the next poke asks again */ } finally {
    busy = false;
    if (missed) { missed = false; poked(); }
  }
}

live(poked);

// The beginning

document.querySelector('.queue-help').hidden = false;
const hint = document.getElementById('queue-hint');
try {
  hint.hidden = !current() || document.documentElement.dataset.keys === 'off' || localStorage.getItem('lantoa:queue-hint') !== null;
} catch { /* a store that is forbidden shows no hint */ }
document.getElementById('queue-hint-off').addEventListener('click', () => {
  hint.hidden = true;
  localStorage.setItem('lantoa:queue-hint', 'off');
});
enhanceItem(pane);
markChanged(current());
count();
if (sessionStorage.getItem('lantoa:queue-first')) {
  sessionStorage.removeItem('lantoa:queue-first');
  if (rows()[0] && !current()) show(rows()[0], 'replace');
}
prefetchAround();
