// What every page does beyond its forms: keep typed text, copy, count letters, open dialogs, say when there is no network.
// Without it everything still works by forms and links.
import { forget, keepForms, settle } from './keep.js';
import { t } from './words.js';
import { toast } from './toast.js';

// enhance takes care of a part of the page that was just put there.
export function enhance(root = document) {
  keepForms(root);
  for (const field of root.querySelectorAll('[data-count][maxlength]')) count(field);
  root.querySelector('[data-focus]')?.focus();
  for (const form of root.querySelectorAll('form[data-undo]')) expire(form);
}

function count(field) {
  const out = Object.assign(document.createElement('p'), { className: 'count' });
  const show = () => {
    const left = Number(field.getAttribute('maxlength')) - [...field.value].length;
    out.textContent = t('left', { n: left });
    out.classList.toggle('over', left < 0);
  };
  field.after(out);
  field.addEventListener('input', show);
  show();
}

function expire(form) {
  const seconds = Number(form.dataset.undo);
  if (seconds > 0) setTimeout(() => form.remove(), seconds * 1000);
}

document.addEventListener('click', async (event) => {
  const target = event.target.closest?.('[data-copy], [data-open], [data-close], [data-print]');
  if (!target) return;
  if (target.dataset.copy) {
    const from = document.querySelector(target.dataset.copy);
    try {
      await navigator.clipboard.writeText(from.value ?? from.textContent);
      toast(t('copied'));
    } catch {
      from.select?.();
      toast(t('copy_failed'), { bad: true });
    }
  }
  if (target.dataset.open) {
    const dialog = document.getElementById(target.dataset.open);
    if (dialog) { event.preventDefault(); dialog.showModal(); }
  }
  if ('close' in target.dataset) target.closest('dialog')?.close();
  if ('print' in target.dataset) print();
});

// On a narrow window the tab of this page may stand beyond the edge of its bar.
for (const here of document.querySelectorAll('nav.tabs [aria-current]')) {
  const bar = here.parentElement;
  if (bar.scrollWidth > bar.clientWidth) bar.scrollLeft = here.offsetLeft - bar.offsetLeft - (bar.clientWidth - here.offsetWidth) / 2;
}

// A form is sent once, however often its button is pressed.
document.addEventListener('submit', (event) => {
  const form = event.target;
  if (event.defaultPrevented) return;
  if (form.dataset.sending) { event.preventDefault(); return; }
  if (!navigator.onLine && form.method === 'post') {
    event.preventDefault();
    toast(t('failed'), { bad: true });
    return;
  }
  form.dataset.sending = 'yes';
  event.submitter?.setAttribute('aria-busy', 'true');
});
addEventListener('pageshow', () => {
  for (const form of document.querySelectorAll('form[data-sending]')) {
    delete form.dataset.sending;
    form.querySelectorAll('[aria-busy]').forEach((b) => b.removeAttribute('aria-busy'));
  }
});

const strip = document.getElementById('offline');
const online = () => { strip.hidden = navigator.onLine; };
addEventListener('online', online);
addEventListener('offline', online);
online();
settle();
enhance();

export { forget };
