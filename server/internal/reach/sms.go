package reach

import (
	"strings"
	"time"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"lantoa/storage"
	"lantoa/syncproto"
)

// smsSize is what one SMS holds in the alphabet of GSM (3GPP TS 23.038): with a single accent it would be 70, and cost twice.
const smsSize = 160

// SMS returns the text for those who must be written to: what the officer wrote, or else title, time and place, in letters
// without accents that every telephone shows, cut at the border of a word.
func SMS(c *storage.Call) string {
	if c.SMS != "" {
		return cutWords(plain(c.SMS), smsSize)
	}
	tail := ""
	if c.Starts != 0 {
		tail += " " + time.UnixMilli(c.Starts).In(vietnam).Format("15:04 02/01") + "."
	}
	if place := plain(placeText(c.Place)); place != "" {
		tail += " Tai " + strings.TrimRight(place, ".") + "."
	}
	tail = cutWords(tail, smsSize/2) // the title says what it is about
	title := cutWords(plain(c.Title), smsSize-2-len(tail))
	if !strings.HasSuffix(title, ".") && !strings.HasSuffix(title, "!") && !strings.HasSuffix(title, "?") {
		title += "."
	}
	return strings.TrimSpace(title + " " + tail)
}

var vietnam = time.FixedZone("UTC+7", 7*60*60)

// placeText is the text of a place; a position alone says nothing on a telephone.
func placeText(v syncproto.Value) string {
	fields, _ := v.AsObject()
	return fields["text"].TextOr("")
}

// letters are what has no accent to take off, and signs that people type without knowing.
var letters = strings.NewReplacer("đ", "d", "Đ", "D", "–", "-", "—", "-", "‑", "-", "“", `"`, "”", `"`, "‘", "'", "’", "'", "…", "...",
	"•", "-", "₫", "d", "[", "(", "]", ")", "{", "(", "}", ")", "~", "-", "|", "/", `\`, "/", "^", "", "`", "'", "€", "EUR")

// plain returns a text in the part of the GSM alphabet that is ASCII, one space between words. What it has no letter for is left out.
func plain(text string) string {
	var b strings.Builder
	for _, r := range letters.Replace(norm.NFD.String(letters.Replace(norm.NFC.String(text)))) {
		switch {
		case unicode.IsSpace(r):
			b.WriteByte(' ')
		case r >= ' ' && r < 0x7f:
			b.WriteRune(r)
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

// cutWords cuts a text of ASCII to a size at the border of a word; a word that is longer than all of it is cut itself.
func cutWords(text string, size int) string {
	text = strings.TrimSpace(text)
	if len(text) <= size {
		return text
	}
	if at := strings.LastIndexByte(text[:size+1], ' '); at > 0 {
		return strings.TrimRight(text[:at], " ,;:-")
	}
	return text[:size]
}
