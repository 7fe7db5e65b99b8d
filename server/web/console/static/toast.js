// Short messages at the edge of the screen, told to screen readers too.
export function toast(text, { bad = false, label, act, seconds = 6 } = {}) {
  const box = document.createElement('div');
  box.className = bad ? 'toast bad' : 'toast';
  box.append(Object.assign(document.createElement('span'), { textContent: text }));
  if (label) {
    const button = Object.assign(document.createElement('button'), { type: 'button', textContent: label });
    button.addEventListener('click', () => { box.remove(); act(); });
    box.append(button);
  }
  document.getElementById('toasts').append(box);
  setTimeout(() => box.remove(), seconds * 1000);
  return box;
}
