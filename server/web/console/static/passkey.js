// Passkeys: asking the browser for a key to sign in with, and making a new one. The server checks what the browser answers.
const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, '+').replace(/_/g, '/')), (c) => c.charCodeAt(0));
const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');

// Refusal is an answer of the server that says why in a sentence.
export class Refusal extends Error {
  constructor(status, { code = '', title = '' } = {}) {
    super(title);
    this.status = status;
    this.code = code;
  }
}

// Keys of this browser: none where the page is not reached by TLS or as localhost.
export const able = () => Boolean(globalThis.PublicKeyCredential && navigator.credentials);

// send asks one of the server's JSON routes, in the language of the page.
export async function send(path, body) {
  const answer = await fetch(path, {
    method: 'POST', credentials: 'same-origin', body: JSON.stringify(body),
    headers: { 'Content-Type': 'application/json', 'Accept-Language': document.documentElement.lang },
  });
  const said = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Refusal(answer.status, said);
  return said;
}

const listed = (list) => (list ?? []).map((one) => ({ ...one, id: bytes(one.id) }));

// signIn lets the owner of a key in. With conditional the browser offers its keys where a login is typed.
export async function signIn({ conditional = false, signal } = {}) {
  const asked = await send('/v1/staff/passkey/begin', {});
  const options = { ...asked.publicKey, challenge: bytes(asked.publicKey.challenge), allowCredentials: listed(asked.publicKey.allowCredentials) };
  const key = await navigator.credentials.get({ publicKey: options, signal, ...(conditional && { mediation: 'conditional' }) });
  const { response } = key;
  return send('/v1/staff/passkey/finish', {
    ceremony: asked.ceremony,
    credential: {
      id: key.id, rawId: text(key.rawId), type: key.type, clientExtensionResults: key.getClientExtensionResults(),
      response: {
        clientDataJSON: text(response.clientDataJSON), authenticatorData: text(response.authenticatorData),
        signature: text(response.signature), userHandle: response.userHandle ? text(response.userHandle) : undefined,
      },
    },
  });
}

// mine makes sure that whoever is signed in is the one for whom the page was drawn: a key opens an account for good, and
// somebody else may have signed in in another window meanwhile.
async function mine() {
  const answer = await fetch('/v1/staff/me', { credentials: 'same-origin', headers: { 'Accept-Language': document.documentElement.lang } });
  const said = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Refusal(answer.status, said);
  if (said.person !== document.body.dataset.person) throw new Refusal(401, { code: 'session_ended' });
}

// add makes a new key of whoever is signed in.
export async function add(name) {
  await mine();
  const asked = await send('/v1/staff/passkeys/begin', {});
  const given = asked.publicKey;
  const key = await navigator.credentials.create({ publicKey: {
    ...given, challenge: bytes(given.challenge), user: { ...given.user, id: bytes(given.user.id) }, excludeCredentials: listed(given.excludeCredentials),
  } });
  const { response } = key;
  return send('/v1/staff/passkeys/finish', {
    ceremony: asked.ceremony, name,
    credential: {
      id: key.id, rawId: text(key.rawId), type: key.type, clientExtensionResults: key.getClientExtensionResults(),
      response: {
        clientDataJSON: text(response.clientDataJSON), attestationObject: text(response.attestationObject),
        transports: response.getTransports?.() ?? [],
      },
    },
  });
}
