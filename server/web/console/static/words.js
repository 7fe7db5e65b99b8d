// What scripts say, in the language of the page.
const words = JSON.parse(document.getElementById('words')?.textContent || '{}');

// fold gives a text the form in which it is looked for: without accents, in small letters.
export const fold = (text) => text.normalize('NFD').replace(/\p{M}/gu, '').replace(/[đĐ]/g, 'd').toLowerCase().trim();

export function t(key, args = {}) {
  const text = (args.n === 1 && words[`${key}.one`]) || words[key] || key;
  return text.replace(/\{([a-z_]+)\}/g, (whole, name) => (name in args ? String(args[name]) : whole));
}
