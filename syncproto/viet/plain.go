package viet

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// plainer are letters that have no accent to take off, and signs that people type without knowing.
var plainer = strings.NewReplacer("đ", "d", "Đ", "D", "–", "-", "—", "-", "‑", "-", "“", `"`, "”", `"`, "‘", "'", "’", "'", "…", "...",
	"•", "-", "₫", "d", "[", "(", "]", ")", "{", "(", "}", ")", "~", "-", "|", "/", `\`, "/", "^", "", "`", "'", "€", "EUR")

// Plain returns a text without accents in the part of the GSM alphabet (3GPP TS 23.038) that is ASCII, one space between words: what
// every telephone shows, at one septet a letter. What it has no letter for is left out.
func Plain(text string) string {
	var b strings.Builder
	for _, r := range plainer.Replace(norm.NFD.String(plainer.Replace(norm.NFC.String(text)))) {
		switch {
		case unicode.IsSpace(r):
			b.WriteByte(' ')
		case r >= ' ' && r < 0x7f:
			b.WriteRune(r)
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

// Cut cuts a text of ASCII to a size at the border of a word; a word that is longer than all of it is cut itself.
func Cut(text string, size int) string {
	text = strings.TrimSpace(text)
	if len(text) <= size {
		return text
	}
	if at := strings.LastIndexByte(text[:size+1], ' '); at > 0 {
		return strings.TrimRight(text[:at], " ,;:-")
	}
	return text[:size]
}
