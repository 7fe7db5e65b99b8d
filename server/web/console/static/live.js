// The server's pokes: something that this person sees has changed. A poke says nothing more; whoever listens asks anew.
// Several pokes in a short time are one.
const listeners = new Set();
let source, timer, wait = 1000;

export function live(listener) {
  listeners.add(listener);
  open();
  return () => listeners.delete(listener);
}

function open() {
  if (source || document.visibilityState === 'hidden') return;
  source = new EventSource('/console/live');
  source.onopen = () => { wait = 1000; };
  source.onmessage = poked;
  source.addEventListener('poke', poked);
  source.onerror = () => {
    // A browser does not come back by itself from an answer that is no stream, such as after a restart.
    source.close();
    source = undefined;
    setTimeout(open, wait);
    wait = Math.min(wait * 2, 60_000);
  };
}

function poked() {
  clearTimeout(timer);
  timer = setTimeout(() => listeners.forEach((listener) => listener()), 250);
}

document.addEventListener('visibilitychange', () => {
  if (listeners.size === 0) return;
  if (document.visibilityState === 'hidden') {
    source?.close();
    source = undefined;
  } else {
    open();
    poked();
  }
});
