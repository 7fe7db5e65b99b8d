// Calls: how many people, the phones and the SMS follow what is typed, a filter over the tree of units, and the progress of a
// sending. Without it the button for a preview and the link to look again do the same.
import { ask, Refused } from './fragment.js';
import { forget } from './keep.js';
import { fold, t } from './words.js';

const form = document.getElementById('compose');

// later runs the last of several calls, after a pause.
function later(run, pause) {
  let timer;
  return () => { clearTimeout(timer); timer = setTimeout(run, pause); };
}

if (form) {
  for (const field of form.querySelectorAll('[data-bytes]')) bounded(field);
  for (const box of form.querySelectorAll('[data-calls-tree]')) tree(box);
  phones();
  if (form.dataset.size) sizes();
  texts();
  document.querySelector('[data-calls-drop]')?.addEventListener('click', () => forget(form));
} else {
  for (const field of document.querySelectorAll('[data-bytes]')) bounded(field);
}
const progress = document.querySelector('[data-poll]');
if (progress) follow(progress);

// A download leaves the page as it is, so its buttons come back.
for (const download of document.querySelectorAll('form[data-calls-download]')) {
  download.addEventListener('submit', () => setTimeout(() => {
    delete download.dataset.sending;
    download.querySelectorAll('[aria-busy]').forEach((b) => b.removeAttribute('aria-busy'));
  }, 1500));
}

// bounded says how much of its bound a text has taken, as the server counts: in bytes of UTF-8.
function bounded(field) {
  const most = Number(field.dataset.bytes);
  const out = Object.assign(document.createElement('p'), { className: 'count' });
  const show = () => {
    const size = new TextEncoder().encode(field.value.trim().normalize('NFC')).length;
    out.textContent = size > most * 0.8 ? t(size > most ? 'calls_over' : 'calls_room', { n: Math.abs(most - size) }) : '';
    out.classList.toggle('over', size > most);
  };
  field.after(out);
  field.addEventListener('input', show);
  show();
}

// tree adds a filter over a tree of boxes, and marks what a ticked unit above includes already.
function tree(box) {
  const search = Object.assign(document.createElement('input'), { type: 'search', autocomplete: 'off' });
  search.setAttribute('aria-label', box.dataset.callsTree);
  search.placeholder = box.dataset.callsTree;
  const items = [...box.querySelectorAll('li')].map((li) => ({ li, name: fold(li.querySelector('.calls-unit').textContent) }));
  if (items.length > 8) {
    box.prepend(search);
    search.addEventListener('input', (event) => { event.stopPropagation(); filter(); });
    search.addEventListener('keydown', (event) => { if (event.key === 'Enter') event.preventDefault(); });
  }
  function filter() {
    const words = fold(search.value);
    for (const { li } of items) li.hidden = words !== '';
    for (const { li, name } of items) {
      if (words === '' || !name.includes(words)) continue;
      for (let at = li; at && at !== box; at = at.parentElement) {
        if (at.tagName === 'LI') at.hidden = false;
        if (at.tagName === 'DETAILS') at.open = true;
      }
    }
  }
  const cover = () => {
    for (const { li } of items) {
      const above = li.parentElement.closest('li');
      li.classList.toggle('covered', Boolean(above && (above.classList.contains('covered') || above.querySelector(':scope > label input').checked)));
    }
  };
  box.addEventListener('change', cover);
  cover();
}

// phones shows on both phones what is typed.
function phones() {
  const show = () => {
    for (const name of ['title', 'body']) {
      const text = form.elements[name].value.trim() || (name === 'title' ? t('calls_untitled') : '');
      for (const el of form.querySelectorAll(`[data-live="${name}"]`)) el.textContent = text;
    }
    const kind = form.querySelector('input[name="kind"][type="radio"]:checked');
    if (!kind) return;
    for (const name of ['title', 'text']) {
      for (const el of form.querySelectorAll(`[data-push="${name}"]`)) el.textContent = kind.dataset[name];
    }
    for (const part of form.querySelectorAll('.calls-asks')) part.hidden = kind.value === 'information';
  };
  form.addEventListener('input', show);
  show();
}

// sizes asks how many people are chosen when what chooses them changed. The same question is not asked twice.
function sizes() {
  const out = document.getElementById('size');
  const chooses = /^(kind|about|among|unit_in|unit_not|join|words|role|tag|tag_not|skill|blood|whole|parts|from_|not_|raw)/;
  const question = () => {
    const all = new URLSearchParams();
    for (const [name, value] of new FormData(form)) if (chooses.test(name) || name === '_person') all.append(name, value);
    return all;
  };
  let asked = question().toString();
  let running;
  const look = later(async () => {
    const body = question();
    if (body.toString() === asked) return;
    asked = body.toString();
    running?.abort();
    running = new AbortController();
    const { signal } = running;
    out.setAttribute('aria-busy', 'true');
    try {
      const { nodes } = await ask(form.dataset.size, { method: 'POST', body, signal });
      out.replaceChildren(nodes);
    } catch (error) {
      if (error.name === 'AbortError') return;
      asked = '';
      out.replaceChildren(Object.assign(document.createElement('p'), {
        className: 'notice warn', textContent: (error instanceof Refused && error.sentence()) || t('calls_unasked'),
      }));
    } finally {
      if (!signal.aborted) out.removeAttribute('aria-busy');
    }
  }, 500);
  form.addEventListener('input', look);
  if (!out.querySelector('.calls-total, .calls-big, .notice') && form.querySelector('[name="unit_in"]:checked, [name="raw"]')) {
    asked = '';
    look();
  }
}

// texts keeps the SMS that would be written.
function texts() {
  const out = document.getElementById('sms');
  const names = ['title', 'place', 'starts', 'sms', '_person'];
  const question = () => new URLSearchParams(names.filter((n) => form.elements[n]).map((n) => [n, form.elements[n].value]));
  let asked = question().toString();
  const look = later(async () => {
    const body = question();
    if (body.toString() === asked) return;
    asked = body.toString();
    try {
      const { nodes } = await ask(form.dataset.sms, { method: 'POST', body });
      out.replaceChildren(nodes);
    } catch {
      asked = ''; // it is asked again with the next letter
    }
  }, 600);
  form.addEventListener('input', look);
}

// follow asks how far a sending is while it goes on and somebody looks.
function follow(box) {
  let pause = 2000;
  const state = () => box.firstElementChild?.dataset.state;
  const next = () => { if (box.querySelector('[data-more]')) setTimeout(look, pause); };
  async function look() {
    if (document.visibilityState === 'hidden' || box.contains(document.activeElement)) { setTimeout(look, pause); return; }
    try {
      const before = state();
      const { nodes } = await ask(box.dataset.poll, { fragment: 'progress' });
      box.replaceChildren(nodes);
      pause = 2000;
      if (before === 'scheduled' && state() !== before) location.reload(); // what can be done is another
    } catch {
      pause = Math.min(pause * 2, 30_000);
      setTimeout(look, pause);
      return;
    }
    next();
  }
  next();
}
