package rig

import (
	"github.com/chromedp/cdproto/input"
)

// Compose types a text as an input method does, such as Telex: letter by letter it stands there unfinished, and then it is
// put in as a whole.
func (tab *Tab) Compose(text string) {
	tab.t.Helper()
	letters := []rune(text)
	for n := range letters {
		tab.do(call(input.ImeSetComposition, input.ImeSetCompositionParams{
			Text: string(letters[:n+1]), SelectionStart: int64(n + 1), SelectionEnd: int64(n + 1),
		}))
	}
	tab.do(call(input.InsertText, input.InsertTextParams{Text: text}))
}
