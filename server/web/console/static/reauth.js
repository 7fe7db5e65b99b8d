// When a session ends while a script works, this asks in a dialog who is there. Nothing on the page is lost: the script does
// again what it was doing, if it is the same person.
//
//   catch (error) { if (await again(error)) return retry(); throw error; }
import { ask } from './fragment.js';
import { able, send, signIn } from './passkey.js';
import { t } from './words.js';

const codes = ['session_ended', 'confirm_identity', 'credential_required'];
let asking;

// again reports whether whoever the page was drawn for has proved anew who they are, so that it is worth trying again. Of an
// error that is not about that it is false at once. Several scripts that ask share one dialog.
export function again(error) {
  if (!codes.includes(error?.code)) return Promise.resolve(false);
  asking ??= open(error.code).catch(() => false).finally(() => { asking = undefined; });
  return asking;
}

async function open(code) {
  const { nodes } = await ask(`/console/again?why=${code}`, { fragment: 'dialog' });
  const dialog = document.createElement('dialog');
  dialog.setAttribute('aria-labelledby', 'again-title');
  dialog.className = 'entry-again';
  dialog.append(nodes);
  document.body.append(dialog);
  const back = document.activeElement;
  const form = dialog.querySelector('form');
  const done = new Promise((resolve) => {
    const end = (good) => { resolve(good); dialog.close(); };
    const enter = async (way) => {
      try {
        const entry = await way();
        if (entry.must) { location.assign('/console/account/renew'); return; }
        if (entry.person === document.body.dataset.person) end(true);
        else tell(dialog, t('other_person'));
      } catch (error) {
        if (error.name !== 'NotAllowedError' && error.name !== 'AbortError') tell(dialog, error.message || t('failed'));
      }
    };
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      const { login, password } = form.elements;
      enter(() => send('/v1/staff/sign-in', { login: login.value, password: password.value }));
    });
    const key = dialog.querySelector('[data-entry-passkey]');
    if (key && able()) {
      key.hidden = false;
      key.addEventListener('click', () => enter(() => signIn()));
    }
    dialog.querySelector('[data-entry-retry]')?.addEventListener('click', () => end(true));
    dialog.addEventListener('close', () => resolve(false));
  });
  dialog.showModal();
  const login = form.elements.namedItem('login');
  (login?.value ? form.elements.namedItem('password') : login)?.focus();
  const good = await done;
  dialog.remove();
  back?.focus?.();
  return good;
}

function tell(dialog, sentence) {
  const box = dialog.querySelector('.problem');
  if (!box) return;
  box.textContent = sentence;
  box.hidden = false;
  delete dialog.querySelector('form').dataset.sending;
}
