package reach

import (
	"strings"
	"time"

	"lantoa/storage"
	"lantoa/syncproto"
	"lantoa/syncproto/viet"
)

// smsSize is what one SMS holds in the alphabet of GSM (3GPP TS 23.038): with a single accent it would be 70, and cost twice.
const smsSize = 160

// SMS returns the text for those who must be written to: what the officer wrote, or else title, time and place, in letters
// without accents that every telephone shows, cut at the border of a word.
func SMS(c *storage.Call) string {
	if c.SMS != "" {
		return viet.Cut(viet.Plain(c.SMS), smsSize)
	}
	tail := ""
	if c.Starts != 0 {
		tail += " " + time.UnixMilli(c.Starts).In(vietnam).Format("15:04 02/01") + "."
	}
	if place := viet.Plain(placeText(c.Place)); place != "" {
		tail += " Tai " + strings.TrimRight(place, ".") + "."
	}
	tail = viet.Cut(tail, smsSize/2) // the title says what it is about
	title := viet.Cut(viet.Plain(c.Title), smsSize-2-len(tail))
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
