// The one place where text from the server becomes a part of the page. Everything that the server draws is escaped by
// its templates; nothing else may come this way, so the one policy of Trusted Types is here and is not exported.
const policy = globalThis.trustedTypes
  ? trustedTypes.createPolicy('console', { createHTML: (html) => html })
  : { createHTML: (html) => html };

// Refused is an answer of the server that is no success: its page says why.
export class Refused extends Error {
  constructor(status, code, html) {
    super(code || String(status));
    this.status = status;
    this.code = code;
    this.html = html;
  }

  // sentence is what the page says, without its markup.
  sentence() {
    return parse(this.html).querySelector('.problem p')?.textContent.trim() ?? '';
  }
}

function parse(html) {
  const holder = document.createElement('template');
  holder.innerHTML = policy.createHTML(html);
  return holder.content;
}

// ask requests a part of a page. It returns {nodes, title, location}: location is set where the server sends the browser
// on after something was done. It throws Refused, TypeError without a network, or AbortError.
export async function ask(url, { fragment = 'main', method = 'GET', body, signal } = {}) {
  const target = new URL(url, location.href);
  if (target.origin !== location.origin) throw new TypeError('another site');
  const answer = await fetch(target, {
    method, body, signal, credentials: 'same-origin',
    headers: { 'X-Fragment': fragment, 'X-Person': document.body.dataset.person ?? '' }, // never done as somebody else
  });
  const html = await answer.text();
  if (!answer.ok) throw new Refused(answer.status, answer.headers.get('X-Code') ?? '', html);
  return {
    nodes: parse(html),
    title: decode(answer.headers.get('X-Title') ?? ''),
    location: answer.headers.get('X-Location'),
  };
}

// decode reads a title as headers carry it (RFC 2047, one or several words of UTF-8).
function decode(text) {
  return text.replace(/\?=\s+=\?/g, '?==?').replace(/(?:=\?utf-8\?q\?[^?]*\?=)+/gi, (words) => {
    const bytes = [];
    for (const word of words.matchAll(/=\?utf-8\?q\?([^?]*)\?=/gi)) {
      for (const [, hex, plain] of word[1].matchAll(/=([0-9a-f]{2})|([\s\S])/gi)) {
        bytes.push(hex ? parseInt(hex, 16) : plain === '_' ? 32 : plain.charCodeAt(0));
      }
    }
    return new TextDecoder().decode(new Uint8Array(bytes));
  });
}
