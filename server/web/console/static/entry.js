// Signing in: passkeys, what a password is worth while it is typed, how long to wait. All but passkeys works without it.
import { ask } from './fragment.js';
import { able, add, signIn } from './passkey.js';
import { again } from './reauth.js';
import { t } from './words.js';

const quiet = (error) => error.name === 'NotAllowedError' || error.name === 'AbortError';

function tell(box, sentence) {
  const out = box.querySelector('.error');
  out.textContent = sentence;
  out.hidden = !sentence;
}

// go follows an address of our own, as the server's pages do.
function go(to) {
  const target = new URL(to || '/console/', location.href);
  location.assign(target.origin === location.origin && target.pathname.startsWith('/console') ? target : '/console/');
}

// keyed does what stands behind signing in with a key: the page of again sends what it kept, others lead on.
function keyed(box, entry) {
  const form = document.querySelector('form[data-entry-again]');
  if (form) { form.elements.namedItem('password').value = ''; form.submit(); }
  else go(entry.must ? '/console/account/renew' : box.dataset.to);
}

// A browser that can offers its keys where the login is typed; the button ends that, since only one may be asked at a time.
async function offer(box, controller) {
  if (!await PublicKeyCredential.isConditionalMediationAvailable?.()) return;
  try {
    keyed(box, await signIn({ conditional: true, signal: controller.signal }));
  } catch (error) {
    if (!quiet(error) && error.code !== 'not_found') tell(box, error.message || t('failed'));
  }
}

for (const box of document.querySelectorAll('[data-entry-key]')) {
  if (!able()) continue;
  box.hidden = false;
  const controller = new AbortController();
  offer(box, controller);
  box.querySelector('button').addEventListener('click', async () => {
    controller.abort();
    tell(box, '');
    try {
      keyed(box, await signIn());
    } catch (error) {
      tell(box, quiet(error) ? t('key_none') : error.code === 'not_found' ? t('key_place') : error.message || t('failed'));
    }
  });
}

for (const box of document.querySelectorAll('[data-entry-add]')) {
  if (!able()) continue;
  box.hidden = false;
  document.querySelector('[data-entry-nokeys]')?.remove();
  const button = box.querySelector('button');
  const make = async () => {
    button.setAttribute('aria-busy', 'true');
    tell(box, '');
    try {
      await add(box.querySelector('input')?.value.trim() ?? '');
      go(box.dataset.to);
    } catch (error) {
      if (await again(error)) { await make(); return; }
      tell(box, quiet(error) ? t('key_none') : error.name === 'InvalidStateError' ? t('key_there') : error.code === 'not_found' ? t('key_place') : error.message || t('failed'));
    } finally {
      button.removeAttribute('aria-busy');
    }
  };
  button.addEventListener('click', make);
}

// A password can be looked at: on a phone nobody types a long one blindly.
for (const input of document.querySelectorAll('input[data-entry-show]')) {
  const row = Object.assign(document.createElement('div'), { className: 'entry-shown' });
  const button = Object.assign(document.createElement('button'), { type: 'button', textContent: t('show') });
  button.setAttribute('aria-label', t('show_password'));
  button.setAttribute('aria-pressed', 'false');
  const focused = document.activeElement === input;
  input.replaceWith(row);
  row.append(input, button);
  if (focused) input.focus();
  button.addEventListener('click', () => {
    const shown = input.type === 'text';
    input.type = shown ? 'password' : 'text';
    button.setAttribute('aria-pressed', String(!shown));
    button.textContent = t(shown ? 'show' : 'hide');
  });
  input.form?.addEventListener('submit', () => { input.type = 'password'; });
}

for (const input of document.querySelectorAll('input[data-entry-hint]')) {
  const out = document.getElementById(input.dataset.entryHint);
  let timer, controller;
  const look = async () => {
    controller?.abort();
    controller = new AbortController();
    const body = new URLSearchParams({ password: input.value });
    for (const name of ['login', 'name']) body.set(name, input.form.elements.namedItem(name)?.value ?? '');
    try {
      const { nodes } = await ask('/console/password-hint', { fragment: 'hint', method: 'POST', body, signal: controller.signal });
      out.replaceChildren(nodes);
    } catch { /* the rule stands above, and the server decides when the form is sent */ }
  };
  input.addEventListener('input', () => {
    clearTimeout(timer);
    timer = setTimeout(look, 250);
  });
}

for (const out of document.querySelectorAll('[data-entry-wait]')) {
  const until = Date.now() + Number(out.dataset.entryWait) * 1000;
  const timer = setInterval(() => {
    const left = Math.ceil((until - Date.now()) / 1000);
    if (left > 0) { out.textContent = t('wait_seconds', { n: left }); return; }
    clearInterval(timer);
    out.closest('p').remove();
  }, 500);
}

// Where nothing is wrong the first empty field is where one begins.
if (!document.querySelector('[data-focus]')) {
  const first = document.querySelector('[data-entry-first]');
  (first?.value ? document.querySelector('#f-password') : first)?.focus();
}
