package people

import (
	"strings"

	"github.com/nyaruka/phonenumbers"
)

// oldPrefixes are the mobile prefixes of eleven digits that became ten digits from 15 September to
// 14 November 2018 (plan of the Ministry of Information and Communications of May 2018); lists of offices still hold them.
var oldPrefixes = map[string]string{
	"0120": "070", "0121": "079", "0122": "077", "0126": "076", "0128": "078", // MobiFone
	"0123": "083", "0124": "084", "0125": "085", "0127": "081", "0129": "082", // VinaPhone
	"0162": "032", "0163": "033", "0164": "034", "0165": "035", "0166": "036", // Viettel
	"0167": "037", "0168": "038", "0169": "039",
	"0186": "056", "0188": "058", // Vietnamobile
	"0199": "059", // Gmobile
}

// maxPhoneBytes bounds a number as people write it.
const maxPhoneBytes = 40

// CleanPhone returns a telephone number in E.164, as people in Vietnam write them: with 0, +84 or 84, with spaces and
// dots, without the 0 that a spreadsheet takes away, and with the eleven digits of before 2018. "" stays "". A number of
// another country needs its +.
func CleanPhone(text string) (string, error) {
	const op = "read phone number"
	text = strings.TrimSpace(text)
	if text == "" {
		return "", nil
	}
	bad := invalid(op, "phone")
	if len(text) > maxPhoneBytes {
		return "", bad
	}
	text = strings.NewReplacer("\u00a0", " ", "\u2010", "-", "\u2011", "-", "\u2013", "-").Replace(text)
	if strings.Trim(text, "0123456789 .-()+/") != "" || strings.LastIndexByte(text, '+') > 0 {
		return "", bad // letters stand for digits to the library; in a list they are a mistake
	}
	number, err := phonenumbers.Parse(renewed(text), "VN")
	if err != nil || !phonenumbers.IsValidNumber(number) {
		return "", bad
	}
	return phonenumbers.Format(number, phonenumbers.E164), nil
}

// renewed gives a Vietnamese number the prefix of today.
func renewed(text string) string {
	digits := digitsOf(text)
	if strings.HasPrefix(text, "+") && !strings.HasPrefix(digits, "84") {
		return text
	}
	national := digits
	switch {
	case strings.HasPrefix(digits, "840") && len(digits) > 11:
		national = digits[2:] // +84 (0)…
	case strings.HasPrefix(digits, "84") && len(digits) >= 11:
		national = "0" + digits[2:]
	case !strings.HasPrefix(digits, "0"):
		national = "0" + digits
	}
	if len(national) == 11 {
		if prefix, old := oldPrefixes[national[:4]]; old {
			return prefix + national[4:]
		}
	}
	return national
}

// digitsOf returns the digits of a text.
func digitsOf(text string) string {
	return strings.Map(func(r rune) rune {
		if '0' <= r && r <= '9' {
			return r
		}
		return -1
	}, text)
}
