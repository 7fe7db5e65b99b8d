// Photos over the whole window: arrows and swipes go from one to the next, wheel, pinch and + - make it larger, r turns it,
// i tells what is known, Esc goes back to the thumbnail. It shows what the links of the grid say; where it fails, the page
// that a link leads to has the same.
import { t } from './words.js';

const tools = [
  ['smaller', 'minus', '-'], ['bigger', 'plus', '+'], ['full', '', '0'], ['turn', 'rotate', 'r'], ['about', 'eye', 'i'], ['close', 'cross', ''],
];

function element(name, more = {}, ...inside) {
  const node = Object.assign(document.createElement(name), more);
  node.append(...inside);
  return node;
}

// picture is an icon of the page's own set.
function picture(name) {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  svg.setAttribute('class', 'icon');
  svg.setAttribute('aria-hidden', 'true');
  const use = document.createElementNS('http://www.w3.org/2000/svg', 'use');
  use.setAttribute('href', `${new URL('icons.svg', import.meta.url).pathname}#${name}`);
  svg.append(use);
  return svg;
}

function button(name, icon, act, key) {
  const out = element('button', { type: 'button', title: t(`item_${name}`) + (key ? ` (${key})` : ''), onclick: act });
  out.setAttribute('aria-label', t(`item_${name}`));
  out.append(icon ? picture(icon) : t(`item_${name}`));
  return out;
}

export function lightbox(frames, first) {
  const view = { scale: 1, turn: 0, x: 0, y: 0 };
  let at = frames.indexOf(first), shown;
  const count = element('p', { className: 'light-count' });
  count.setAttribute('aria-live', 'polite');
  const words = element('p', { className: 'light-words', dir: 'auto' });
  const about = element('aside', { className: 'light-about', hidden: true, tabIndex: 0 });
  about.setAttribute('aria-label', t('item_about'));
  const stage = element('div', { className: 'light-stage' });
  const acts = {
    smaller: () => zoom(1 / 1.4), bigger: () => zoom(1.4), full: () => toggleFull(), turn: () => { view.turn += 90; draw(); },
    about: () => { about.hidden = !about.hidden; pressed(); }, close: () => dialog.close(),
  };
  const buttons = Object.fromEntries(tools.map(([name, icon, key]) => [name, button(name, icon, acts[name], key)]));
  for (const name of ['smaller', 'bigger']) buttons[name].className = 'light-zoom';
  const links = element('span', { className: 'line' });
  const bar = element('div', { className: 'light-bar' }, count, links, ...tools.map(([name]) => buttons[name]));
  const before = button('previous', 'left', () => go(-1)), after = button('next', 'right', () => go(1));
  before.className = 'light-side before';
  after.className = 'light-side after';
  stage.append(before, after);
  const dialog = element('dialog', { className: 'light' }, bar, stage, words, about);
  dialog.setAttribute('aria-label', t('item_light'));

  const image = () => stage.querySelector('img');
  const pressed = () => buttons.about.setAttribute('aria-pressed', String(!about.hidden));

  function show() {
    const frame = frames[at], { photo, media } = frame.dataset, has = (name) => name in frame.dataset;
    shown?.remove();
    Object.assign(view, { scale: 1, turn: 0, x: 0, y: 0 });
    const from = (lane) => `/v1/desk/media/${photo}/${lane}`;
    const small = frame.querySelector('img');
    if (media !== 'image' && has('original')) {
      shown = element(media, { controls: true, preload: 'metadata', src: from('original') });
      if (small && media === 'video') shown.poster = small.src;
    } else if (has('display') || small) {
      shown = element('img', { alt: small?.alt ?? '', draggable: false, src: has('display') ? from('display') : small.src });
      shown.addEventListener('error', () => { if (shown.isConnected) { const p = element('p', { textContent: t('item_failed') }); shown.replaceWith(p); shown = p; } });
    } else {
      shown = element('p', { textContent: t('item_waiting') });
    }
    stage.prepend(shown);
    count.textContent = t('item_of', { n: at + 1, all: frames.length });
    const item = frame.closest('li');
    words.textContent = item?.querySelector('.item-caption')?.textContent ?? '';
    const meta = item?.querySelector('.item-meta');
    about.replaceChildren(...(meta ? [meta.cloneNode(true)] : []));
    links.replaceChildren(...linksOf(frame, item));
    before.hidden = at === 0;
    after.hidden = at === frames.length - 1;
    for (const name of ['smaller', 'bigger', 'full', 'turn']) buttons[name].hidden = shown.tagName !== 'IMG';
    const next = frames[at + 1];
    if (next && 'display' in next.dataset) new Image().src = `/v1/desk/media/${next.dataset.photo}/display`;
    draw();
  }

  function linksOf(frame, item) {
    const out = [];
    const hide = item?.querySelector('a[data-hide]');
    if (hide) {
      const link = element('a', { className: 'button', href: hide.href }, picture('hide'), element('span', { className: 'light-name', textContent: t('item_hide') }));
      link.dataset.ask = '';
      out.push(link);
    }
    if ('original' in frame.dataset) out.push(outside(`/v1/desk/media/${frame.dataset.photo}/original`, 'download', 'original'));
    const own = element('a', { className: 'button', href: frame.href }, picture('note'), element('span', { className: 'light-name', textContent: t('item_page') }));
    return [...out, own];
  }

  function outside(href, icon, name) {
    return element('a', { className: 'button', href, target: '_blank', rel: 'noopener' }, picture(icon), element('span', { className: 'light-name', textContent: t(`item_${name}`) }));
  }

  function go(by) {
    const to = at + by;
    if (to < 0 || to >= frames.length) return;
    at = to;
    show();
    if (document.activeElement?.hidden) buttons.close.focus();
  }

  function draw() {
    const img = image();
    if (!img) return;
    const side = view.turn % 180 !== 0;
    const fit = side ? Math.min(1, stage.clientWidth / img.clientHeight || 1, stage.clientHeight / img.clientWidth || 1) : 1;
    if (view.scale <= 1) view.x = view.y = 0;
    img.style.transform = `translate(${view.x}px, ${view.y}px) rotate(${view.turn}deg) scale(${view.scale * fit})`;
    buttons.full.textContent = view.scale === 1 ? t('item_full') : t('item_fit');
    buttons.full.setAttribute('aria-label', buttons.full.textContent);
  }

  // zoom keeps the point under the pointer where it is.
  function zoom(by, x = 0, y = 0) {
    const scale = Math.min(12, Math.max(1, view.scale * by)), change = scale / view.scale;
    view.x = x - (x - view.x) * change;
    view.y = y - (y - view.y) * change;
    view.scale = scale;
    draw();
  }

  function toggleFull() {
    const img = image();
    view.scale = view.scale === 1 && img.clientWidth ? Math.max(1.5, img.naturalWidth / img.clientWidth) : 1;
    view.x = view.y = 0;
    draw();
  }

  const centre = (event) => {
    const box = stage.getBoundingClientRect();
    return [event.clientX - box.left - box.width / 2, event.clientY - box.top - box.height / 2];
  };
  stage.addEventListener('wheel', (event) => {
    if (!image()) return;
    event.preventDefault();
    zoom(event.deltaY < 0 ? 1.2 : 1 / 1.2, ...centre(event));
  }, { passive: false });
  stage.addEventListener('dblclick', toggleFull);

  // One finger moves what is larger than the window, and else goes to the next photo; two make it larger.
  const fingers = new Map();
  let start;
  const spread = () => { const [a, b] = [...fingers.values()]; return Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY); };
  stage.addEventListener('pointerdown', (event) => {
    if (event.target.closest('button, video, audio')) return;
    stage.setPointerCapture(event.pointerId);
    fingers.set(event.pointerId, event);
    start = { x: event.clientX, y: event.clientY, vx: view.x, vy: view.y, apart: fingers.size === 2 ? spread() : 0, many: fingers.size > 1 };
  });
  stage.addEventListener('pointermove', (event) => {
    if (!fingers.has(event.pointerId)) return;
    fingers.set(event.pointerId, event);
    if (fingers.size === 2 && image()) {
      const now = spread(), [a, b] = [...fingers.values()];
      zoom(now / start.apart, ...centre({ clientX: (a.clientX + b.clientX) / 2, clientY: (a.clientY + b.clientY) / 2 }));
      start.apart = now;
    } else if (view.scale > 1) {
      view.x = start.vx + event.clientX - start.x;
      view.y = start.vy + event.clientY - start.y;
      draw();
    }
  });
  const lift = (event) => {
    if (!fingers.delete(event.pointerId) || fingers.size > 0) return;
    const dx = event.clientX - start.x, dy = event.clientY - start.y;
    if (event.type === 'pointerup' && !start.many && view.scale === 1 && Math.abs(dx) > 50 && Math.abs(dx) > 2 * Math.abs(dy)) go(dx < 0 ? 1 : -1);
  };
  stage.addEventListener('pointerup', lift);
  stage.addEventListener('pointercancel', lift);

  const keys = {
    ArrowLeft: () => go(-1), ArrowRight: () => go(1), Home: () => go(-at), End: () => go(frames.length - 1 - at), '+': acts.bigger, '=': acts.bigger,
    '-': acts.smaller, 0: () => image() && acts.full(), r: () => image() && acts.turn(), i: acts.about,
  };
  dialog.addEventListener('keydown', (event) => {
    if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey || event.target.closest('video, audio, input, textarea')) return;
    const act = keys[event.key] ?? keys[event.key.toLowerCase()];
    if (!act) return;
    event.preventDefault();
    act();
  });
  dialog.addEventListener('close', () => { dialog.remove(); frames[at].focus(); });

  document.body.append(dialog);
  pressed();
  show();
  dialog.showModal();
  buttons.close.focus();
  return dialog;
}
