package press

import (
	"strings"
)

// digits are the names of 0 to 9 when they stand alone.
var digits = [10]string{"không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín"}

// maxRead is the number from which on nobody follows; longer ones are read digit by digit.
const maxRead = 999_999_999_999_999

// Number writes an integer as it is read aloud: 15 "mười lăm", 21 "hai mươi mốt", 105 "một trăm linh năm". What is longer
// than anybody follows is read digit by digit.
func Number(n int64) string {
	switch {
	case n == 0:
		return digits[0]
	case n < -maxRead || n > maxRead:
		return Digits(itoa(n))
	case n < 0:
		return "âm " + Number(-n)
	}
	var words []string
	if billions := n / 1_000_000_000; billions > 0 {
		words = append(words, Number(billions), "tỷ")
		n %= 1_000_000_000
	}
	for _, group := range []struct {
		size int64
		name string
	}{{1_000_000, "triệu"}, {1_000, "nghìn"}, {1, ""}} {
		if value := n / group.size; value > 0 {
			words = append(words, hundreds(value, len(words) > 0))
			if group.name != "" {
				words = append(words, group.name)
			}
		}
		n %= group.size
	}
	return strings.Join(words, " ")
}

// hundreds reads 1 to 999. After a larger group the hundreds are said even if there are none: 2005 is "hai nghìn không trăm
// linh năm".
func hundreds(n int64, after bool) string {
	var words []string
	if n >= 100 || after {
		words = append(words, digits[n/100], "trăm")
	}
	tens, units := n/10%10, n%10
	switch {
	case tens == 0 && units > 0 && len(words) > 0:
		words = append(words, "linh", digits[units])
	case tens == 0 && units > 0:
		words = append(words, digits[units])
	case tens == 1:
		words = append(words, "mười")
	case tens > 1:
		words = append(words, digits[tens], "mươi")
	}
	if tens > 0 && units > 0 {
		words = append(words, after10(tens, units))
	}
	return strings.Join(words, " ")
}

// after10 is how the last digit sounds behind tens: mười lăm, hai mươi mốt, hai mươi tư.
func after10(tens, units int64) string {
	switch {
	case units == 5:
		return "lăm"
	case units == 1 && tens > 1:
		return "mốt"
	case units == 4 && tens > 1:
		return "tư"
	}
	return digits[units]
}

// Digits reads a number digit by digit, as telephone numbers are; what is no digit is left out.
func Digits(text string) string {
	var words []string
	for _, r := range text {
		if r >= '0' && r <= '9' {
			words = append(words, digits[r-'0'])
		}
	}
	return strings.Join(words, " ")
}

// decimal reads a number with digits behind the comma: 37,5 is "ba mươi bảy phẩy năm".
func decimal(whole int64, behind string) string {
	behind = strings.TrimRight(behind, "0")
	if behind == "" {
		return Number(whole)
	}
	if behind[0] != '0' && len(behind) <= 2 {
		return Number(whole) + " phẩy " + Number(atoi(behind))
	}
	return Number(whole) + " phẩy " + Digits(behind)
}

// month is how a month is called: tháng tư.
func month(n int64) string {
	if n == 4 {
		return "tư"
	}
	return Number(n)
}

// roman reads a Roman numeral up to 39; 0 for none.
func roman(text string) (n int64) {
	values := map[byte]int64{'I': 1, 'V': 5, 'X': 10}
	for i := range len(text) {
		value, ok := values[text[i]]
		if !ok {
			return 0
		}
		if i+1 < len(text) && value < values[text[i+1]] {
			value = -value
		}
		n += value
	}
	if n < 1 || n > 39 || toRoman(n) != text {
		return 0
	}
	return n
}

func toRoman(n int64) string {
	var b strings.Builder
	for _, part := range []struct {
		value int64
		text  string
	}{{10, "X"}, {9, "IX"}, {5, "V"}, {4, "IV"}, {1, "I"}} {
		for ; n >= part.value; n -= part.value {
			b.WriteString(part.text)
		}
	}
	return b.String()
}
