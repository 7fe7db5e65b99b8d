// What scripts say, in the language of the page.
const words = JSON.parse(document.getElementById('words')?.textContent || '{}');

export function t(key, args = {}) {
  const text = (args.n === 1 && words[`${key}.one`]) || words[key] || key;
  return text.replace(/\{([a-z_]+)\}/g, (whole, name) => (name in args ? String(args[name]) : whole));
}
