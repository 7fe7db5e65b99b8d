// A submission's sheet: its lightbox, and the forms that open over it instead of on a page of their own.
import { enhance } from './console.js';
import { again } from './reauth.js';
import { ask, Refused } from './fragment.js';
import { keys } from './keys.js';
import { lightbox } from './lightbox.js';
import { toast } from './toast.js';
import { t } from './words.js';

// enhanceItem takes care of a sheet that was just put on the page.
export function enhanceItem(root = document) {
  for (const grid of root.querySelectorAll('.item-grid')) {
    if (grid.dataset.light) continue;
    grid.dataset.light = 'yes';
    grid.addEventListener('click', (event) => {
      const frame = event.target.closest('a[data-photo]');
      if (!frame || plain(event)) return;
      event.preventDefault();
      lightbox([...grid.querySelectorAll('a[data-photo]')], frame);
    });
  }
}

const plain = (event) => event.button > 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey;

// A link to the form of an act opens it here: what was read stays in sight. Whatever goes wrong, the page of its own is there.
export async function openForm(link) {
  const dialog = document.createElement('dialog');
  dialog.className = 'item-ask';
  try {
    const { nodes } = await ask(link.href, { fragment: 'form' });
    dialog.append(nodes);
  } catch (error) {
    if (error instanceof Refused && await again(error)) return openForm(link);
    if (error instanceof Refused) location.assign(link.href);
    else toast(t('failed'), { bad: true });
    return undefined;
  }
  dialog.setAttribute('aria-labelledby', 'item-form-title');
  dialog.addEventListener('close', () => { dialog.remove(); link.focus(); });
  document.body.append(dialog);
  dialog.showModal();
  enhance(dialog);
  dialog.querySelector('.problem, textarea, select, input:not([type="hidden"])')?.focus();
  return dialog;
}

document.addEventListener('click', (event) => {
  const link = event.target.closest?.('a[data-ask]');
  if (link && !plain(event)) { event.preventDefault(); openForm(link); }
  const leave = event.target.closest?.('dialog a[data-close]');
  if (leave) event.preventDefault();
  const quick = event.target.closest?.('[data-quick]');
  if (quick) {
    const field = quick.closest('form').elements.namedItem('reason');
    const gap = field.value && !/\s$/.test(field.value) ? '\n' : '';
    field.value += gap + quick.textContent.trim();
    field.dispatchEvent(new Event('input', { bubbles: true }));
    field.focus();
  }
});

// On a page of its own a sheet's buttons answer to the same keys as in the queue.
const press = (key) => () => document.querySelector(`.item [data-key="${key}"], .page > nav [data-key="${key}"]`)?.click();
keys(Object.fromEntries([...'abcrtedp'].map((key) => [key, press(key)])));

enhanceItem();
