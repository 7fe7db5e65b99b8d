// Counts the letters of a post while it is changed here, and says where Facebook folds it.
import { t } from './words.js';

for (const out of document.querySelectorAll('[data-letters]')) {
  const field = document.getElementById(out.dataset.letters);
  const fold = Number(field.dataset.fold);
  const format = new Intl.NumberFormat(document.documentElement.lang);
  field.addEventListener('input', () => {
    const letters = [...field.value].length;
    out.textContent = t('press_letters', { n: format.format(letters) }) + (letters > fold ? ' ' + t('press_folds', { n: format.format(fold) }) : '');
  });
}
