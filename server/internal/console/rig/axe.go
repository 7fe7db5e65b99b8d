package rig

import (
	_ "embed"
	"fmt"
	"strings"
)

//go:embed testdata/axe-core/axe.min.js
var axe string

// broken is one rule that a page breaks.
type broken struct {
	ID, Help, Impact string
	Nodes            []struct{ HTML, Where, Why string }
}

// Axe fails the test for every rule of accessibility that the page breaks, WCAG 2.2 AA and best practice.
func (tab *Tab) Axe() {
	tab.t.Helper()
	tab.rules(`{ type: 'tag', values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }`)
}

// Contrast is the part of Axe that other colours may change.
func (tab *Tab) Contrast() {
	tab.t.Helper()
	tab.rules(`{ type: 'rule', values: ['color-contrast', 'link-in-text-block'] }`)
}

func (tab *Tab) rules(only string) {
	tab.t.Helper()
	if tab.mute {
		tab.t.Fatal("axe is a script itself")
	}
	if !Eval[bool](tab, `'axe' in window`) {
		tab.Run(axe + "\n;void 0")
	}
	for _, rule := range Eval[[]broken](tab, `((hidden) => axe.run(document, { runOnly: `+only+`, resultTypes: ['violations'] })
  .then(async (r) => {
    const out = [];
    for (const v of r.violations) {
      const nodes = [];
      for (const n of v.nodes) if (v.id !== 'target-size' || await hidden(n)) nodes.push(n);
      if (nodes.length) out.push({ ID: v.id, Help: v.help, Impact: v.impact ?? '',
        Nodes: nodes.map(n => ({ HTML: n.html.slice(0, 200), Where: n.target.join(' '), Why: n.failureSummary ?? '' })) });
    }
    return out;
  }))(async (n) => { // what a bar at the edge covers counts once it cannot be scrolled from under it
    document.querySelector(n.target[0])?.scrollIntoView({ block: 'center' });
    const again = await axe.run(document, { runOnly: { type: 'rule', values: ['target-size'] }, resultTypes: ['violations'] });
    return again.violations.some(v => v.nodes.some(m => m.target.join(' ') === n.target.join(' ')));
  })`) {
		var text strings.Builder
		fmt.Fprintf(&text, "axe: %s (%s): %s, %d times on %s", rule.ID, rule.Impact, rule.Help, len(rule.Nodes), tab.Path())
		for _, n := range rule.Nodes[:min(len(rule.Nodes), 5)] {
			fmt.Fprintf(&text, "\n    %s\n      %s\n      %s", n.Where, n.HTML, strings.ReplaceAll(n.Why, "\n", " "))
		}
		tab.t.Error(text.String())
	}
}

// Sound fails the test for what is wrong in the page's structure and axe does not look for: an id that two elements have,
// a reference to none, a page without exactly one first heading, a form within a form.
func (tab *Tab) Sound() {
	tab.t.Helper()
	for _, wrong := range Eval[[]string](tab, `(() => {
  const out = [], ids = new Map();
  for (const e of document.querySelectorAll('[id]')) ids.set(e.id, (ids.get(e.id) ?? 0) + 1);
  for (const [id, n] of ids) if (n > 1) out.push(n + ' elements have the id ' + id);
  for (const name of ['for', 'aria-labelledby', 'aria-describedby', 'aria-controls', 'aria-errormessage', 'form', 'list', 'popovertarget']) {
    for (const e of document.querySelectorAll('[' + name + ']')) {
      for (const id of e.getAttribute(name).trim().split(/\s+/)) if (!ids.has(id)) out.push(name + ' names ' + id + ', which is not there');
    }
  }
  const heads = [...document.querySelectorAll('h1')].filter(e => e.getClientRects().length && !e.closest('dialog'));
  if (heads.length !== 1) out.push(heads.length + ' first headings');
  if (!document.querySelector('main')) out.push('no main');
  for (const e of document.querySelectorAll('[lang]')) if (!e.lang.match(/^[a-z]{2}/)) out.push('lang ' + e.lang);
  if (/\b(undefined|NaN|\[object|%!|ZgotmplZ)/.test(document.body.innerText)) out.push('shows ' + document.body.innerText.match(/.{0,30}(undefined|NaN|\[object|%!|ZgotmplZ).{0,30}/));
  const bare = document.body.innerText.match(/\b(frame|queue|item|calls|entry|account|units|people|board|cases|audit|server|overview|press|js|code|state|call|kind|role)\.[a-z]+[a-z_.]*\b/);
  if (bare) out.push('shows the key ' + bare[0]);
  return out;
})()`) {
		tab.t.Errorf("%s: %s", tab.Path(), wrong)
	}
}

// Weight is how many bytes the page and all that it loaded have as they travel, without photos.
func (tab *Tab) Weight() int64 {
	tab.t.Helper()
	return Eval[int64](tab, `[...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]
  .filter(e => !/\/v1\/desk\/media\/|\/photos?\//.test(e.name) && !e.name.startsWith('blob:'))
  .reduce((sum, e) => sum + e.encodedBodySize, 0)`)
}

// NoHorizontalScroll fails the test when the page is wider than its window.
func (tab *Tab) NoHorizontalScroll() {
	tab.t.Helper()
	if wide := Eval[[]string](tab, `(() => {
  const root = document.documentElement, most = root.clientWidth;
  if (root.scrollWidth <= most + 1) return []; // widths are rounded
  const scrolls = (e) => { for (let p = e.parentElement; p && p !== document.body; p = p.parentElement) if (getComputedStyle(p).overflowX !== 'visible') return true; return false; };
  const out = [...document.body.querySelectorAll('*')].filter(e => e.getBoundingClientRect().right > most + 1 && !scrolls(e));
  return ['scrolls to ' + root.scrollWidth + ' of ' + most, ...out.slice(0, 5).map(e => e.outerHTML.slice(0, 120))];
})()`); len(wide) > 0 {
		tab.t.Errorf("%s is too wide: %s", tab.Path(), strings.Join(wide, "\n    "))
	}
}

// TargetSizes fails the test for what is pressed and is smaller than this many pixels. Links within a text may be.
func (tab *Tab) TargetSizes(least int) {
	tab.t.Helper()
	for _, small := range Eval[[]string](tab, fmt.Sprintf(`(() => {
  const out = [];
  for (const e of document.querySelectorAll('a[href], button, input, select, textarea, summary, [role=button], [tabindex="0"][role]')) {
    if (e.type === 'hidden' || !e.getClientRects().length || getComputedStyle(e).visibility !== 'visible') continue;
    let r = e.getBoundingClientRect();
    if (e.matches('.skip, .sr') || r.right < 0 || r.width <= 1) continue;
    if (/^(checkbox|radio)$/.test(e.type)) for (const l of e.labels) { const b = l.getBoundingClientRect(); r = { width: Math.max(r.width, b.width), height: Math.max(r.height, b.height) }; }
    if (e.tagName === 'A' && getComputedStyle(e).display === 'inline') continue;
    if (r.width < %[1]d - 0.5 || r.height < %[1]d - 0.5) out.push(Math.round(r.width) + '×' + Math.round(r.height) + ' ' + e.outerHTML.slice(0, 120));
  }
  return out;
})()`, least)) {
		tab.t.Errorf("%s: too small to press: %s", tab.Path(), small)
	}
}
