// Counts the letters of a post while it is changed here, says where Facebook folds it, and warns of letters that make an SMS dear.
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

for (const out of document.querySelectorAll('[data-plain]')) {
  const field = document.getElementById(out.dataset.plain);
  const first = out.textContent;
  field.addEventListener('input', () => {
    const accents = /[^\n -~]/.test(field.value);
    out.textContent = accents ? t('press_accents') : first.replace(/\d+(?=\D+160|\/160)/, String(field.value.length));
    out.classList.toggle('press-why', accents);
  });
}
