// What somebody types in a form with data-keep="NAME" is kept on this computer until it was sent, so that neither a closed
// tab, nor a session that ends, nor a server that restarts loses it. It is kept for each person apart and for a week.
import { t } from './words.js';

const life = 7 * 24 * 3600 * 1000;
const person = document.body.dataset.person ?? '';
const nameOf = (form) => `lantoa:${person}:${form.dataset.keep}`;

function read(form) {
  const out = {};
  for (const el of form.elements) {
    if (!el.name || el.type === 'hidden' || el.type === 'password' || el.type === 'file' || el.tagName === 'BUTTON') continue;
    if (el.type === 'checkbox' || el.type === 'radio') (out[el.name] ??= []).push([el.value, el.checked]);
    else out[el.name] = el.value;
  }
  return out;
}

function write(form, kept) {
  for (const el of form.elements) {
    const value = kept[el.name];
    if (value === undefined || el.type === 'hidden') continue;
    if (Array.isArray(value)) el.checked = value.some(([v, checked]) => v === el.value && checked);
    else el.value = value;
    el.dispatchEvent(new Event('input', { bubbles: true }));
  }
}

// keepForms takes care of the forms in a part of the page.
export function keepForms(root) {
  for (const form of root.querySelectorAll('form[data-keep]')) {
    if (form.dataset.kept) continue;
    form.dataset.kept = 'yes';
    const name = nameOf(form);
    const drawn = JSON.stringify(read(form));
    let kept;
    try { kept = JSON.parse(localStorage.getItem(name) ?? 'null'); } catch { kept = null; }
    if (kept && Date.now() - kept.at < life && JSON.stringify(kept.fields) !== drawn) {
      write(form, kept.fields);
      tell(form, name, JSON.parse(drawn));
    }
    form.addEventListener('input', () => {
      try {
        const fields = read(form);
        if (JSON.stringify(fields) === drawn) localStorage.removeItem(name);
        else localStorage.setItem(name, JSON.stringify({ at: Date.now(), fields }));
      } catch { /* a full or forbidden store keeps nothing; the form itself still does */ }
    });
    form.addEventListener('submit', () => { sessionStorage.setItem('lantoa:sent', name); });
  }
}

// forget drops what was kept of a form, once it was sent.
export function forget(form) { localStorage.removeItem(nameOf(form)); }

function tell(form, name, drawn) {
  const box = document.createElement('p');
  box.className = 'notice warn line apart';
  box.setAttribute('role', 'status');
  box.append(Object.assign(document.createElement('span'), { textContent: t('kept') }));
  const drop = Object.assign(document.createElement('button'), { type: 'button', className: 'small', textContent: t('kept_drop') });
  drop.addEventListener('click', () => { localStorage.removeItem(name); write(form, drawn); box.remove(); });
  box.append(drop);
  form.prepend(box);
}

// A page that is told something good after a form was sent has it: what was kept is not needed any more.
export function settle() {
  const name = sessionStorage.getItem('lantoa:sent');
  sessionStorage.removeItem('lantoa:sent');
  if (name && document.querySelector('.told:not(.bad)') && !document.querySelector('.problem')) localStorage.removeItem(name);
}
