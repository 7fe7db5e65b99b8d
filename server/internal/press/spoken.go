package press

import (
	"regexp"
	"slices"
	"strings"
)

func re(expression string) *regexp.Regexp { return regexp.MustCompile(expression) }

// spokenRules stand in the order in which they must run: what is longer and surer first.
var spokenRules = []rule{
	{re(`(?:\+84|0)(?:[ .\-]?\d){8,10}|1[89]00(?:[ .\-]?\d){4,6}`), phone},
	{re(`(?i)(hotline|đường dây nóng|tổng đài|điện thoại|sđt|đt|zalo)(:? +(?:số:? +)?)(\d{3,8})`), shortPhone},
	{re(`(?i)(gọi|số)( +)(11[1-5])`), shortPhone},
	{re(`(\d{4})-(\d{2})-(\d{2})`), isoDate},
	{re(`(\d{1,2}/\d{1,2}(?:/\d{4})?) *- *(\d{1,2}/\d{1,2}(?:/\d{4})?)`), dates},
	{re(`(\d{1,2}) *- *(\d{1,2})/(\d{1,2})(?:/(\d{4}))?`), days},
	{re(`(\d{1,2})[/.\-](\d{1,2})[/.\-](\d{4})`), fullDate},
	{re(`(\d{1,2})/(\d{1,2})/(\d{2})`), fullDate},
	{re(`(?i)(quý) +(I{1,3}|IV|[1-4])/(\d{4})`), quarter},
	{re(`(\d{1,2})/(\d{4})`), monthYear},
	{re(`(\d{1,2})/(\d{1,2})`), dayMonth},
	{re(`(\d+)(?:/(\d{4}))?/([A-ZĐ][\p{Lu}\-]*)`), fileNumber},
	{re(`(?i)(tháng|thứ|lớp)( +)(\d{1,2})`), ordinal},
	{re(`(?i)(quý|khóa|khoá|nhiệm kỳ|thứ|đại hội|thế kỷ|giai đoạn|loại|hạng|cấp|bậc|chương|phần|đợt)( +)([IVX]+)`), numeral},
	{re(`(\d{1,2}) ?(?:h|g|giờ|:) ?(\d{2})? ?(?:phút|p|')? *- *(\d{1,2}) ?(?:h|g|giờ|:) ?(\d{2})?(?:'|phút|p)?`), times},
	{re(`(\d{1,2}) ?(h|g|giờ) ?(\d{2})(?:'| ?phút|p)?`), clock},
	{re(`(\d{1,2})(:)(\d{2})(?::(\d{2}))?`), clock},
	{re(`(\d{1,2}) ?(h|g)`), clock},
	{re(`(AB|A|B|O) ?(?:Rh)?([+\-])`), blood},
	{re(`(\$) ?(` + written + `)`), dollars},
	{re(`(` + written + `) *- *(` + written + `)( ?(?:` + unitNames() + `))?`), span},
	{re(`(` + written + `) ?(` + unitNames() + `)(?:/(\p{L}+[23]?))?`), measured},
	{re(`(\d+)/(\d+)`), fraction},
	{re(written), plainNumber},
}

func phone(m match) (string, bool) {
	if !m.numeric() || !m.ends() {
		return "", false
	}
	text := strings.TrimPrefix(m.group[0], "+")
	groups := strings.FieldsFunc(text, func(r rune) bool { return r < '0' || r > '9' })
	if len(groups) == 1 {
		groups = []string{text[:4], text[4:7], text[7:]}
	}
	if all := strings.Join(groups, ""); len(all) < 8 || len(all) > 12 {
		return "", false
	}
	for i := range groups {
		groups[i] = Digits(groups[i])
	}
	words := strings.Join(groups, ", ")
	if m.group[0][0] == '+' {
		words = "cộng " + words
	}
	return words, true
}

func shortPhone(m match) (string, bool) {
	if !m.alone() {
		return "", false
	}
	return m.group[1] + m.group[2] + Digits(m.group[3]), true
}

// date reads a day. before says what stands there already: "ngày" is said once. year may be "".
func date(day, mon, year, before string) (string, bool) {
	d, mo := atoi(day), atoi(mon)
	if d < 1 || d > 31 || mo < 1 || mo > 12 {
		return "", false
	}
	words := Number(d) + " tháng " + month(mo)
	if before != "ngày" && before != "mùng" && before != "mồng" {
		words = "ngày " + words
	}
	if len(year) == 2 {
		year = "20" + year
	}
	if year != "" {
		words += " năm " + Number(atoi(year))
	}
	return words, true
}

func isoDate(m match) (string, bool) {
	if !m.numeric() || !m.ends() {
		return "", false
	}
	return date(m.group[3], m.group[2], m.group[1], m.last())
}

func fullDate(m match) (string, bool) {
	if !m.numeric() || !m.ends() {
		return "", false
	}
	return date(m.group[1], m.group[2], m.group[3], m.last())
}

// dates reads "12/3 - 15/3/2026".
func dates(m match) (string, bool) {
	if !m.numeric() || !m.ends() {
		return "", false
	}
	side := func(text, before string) (string, bool) {
		parts := append(strings.Split(text, "/"), "")
		return date(parts[0], parts[1], parts[2], before)
	}
	from, ok := side(m.group[1], m.last())
	to, good := side(m.group[2], "")
	if !ok || !good {
		return "", false
	}
	return from + " đến " + to, true
}

// days reads "12-15/3".
func days(m match) (string, bool) {
	first, second := atoi(m.group[1]), atoi(m.group[2])
	if !m.numeric() || !m.ends() || first >= second || first < 1 {
		return "", false
	}
	to, ok := date(m.group[2], m.group[3], m.group[4], "")
	if !ok {
		return "", false
	}
	words := Number(first) + " đến " + to
	if before := m.last(); before != "ngày" {
		words = "ngày " + words
	}
	return words, true
}

func quarter(m match) (string, bool) {
	if !m.alone() {
		return "", false
	}
	n := roman(m.group[2])
	if n == 0 {
		n = atoi(m.group[2])
	}
	return m.group[1] + " " + month(n) + " năm " + Number(atoi(m.group[3])), true
}

func monthYear(m match) (string, bool) {
	mon, year := atoi(m.group[1]), atoi(m.group[2])
	if !m.numeric() || !m.ends() || strings.HasPrefix(m.after, "/") || mon < 1 || mon > 12 || year < 1900 || year > 2199 {
		return "", false
	}
	words := month(mon) + " năm " + Number(year)
	if m.last() != "tháng" {
		words = "tháng " + words
	}
	return words, true
}

// dayWords stand before days; feasts are the days that everybody knows without one.
var (
	dayWords = []string{
		"ngày", "mùng", "mồng", "sáng", "trưa", "chiều", "tối", "đêm", "hôm", "nay", "mai", "từ", "đến", "hai", "ba", "tư",
		"năm", "sáu", "bảy", "nhật", "trước", "sau", "và", "lễ", "dịp", "kỷ niệm", "niệm", "tết", "đợt", "vào", "cn",
	}
	feasts = []string{
		"1/1", "3/2", "27/2", "8/3", "26/3", "7/4", "30/4", "1/5", "7/5", "8/5", "15/5", "19/5", "1/6", "14/6", "28/6", "27/7", "28/7",
		"19/8", "2/9", "1/10", "20/10", "20/11", "23/11", "22/12",
	}
)

// dayMonth tells a day (30/4) from a part (3/4): by the word before, by the feasts, and else by whether it can be a part.
func dayMonth(m match) (string, bool) {
	if !m.numeric() || !m.ends() || strings.HasPrefix(m.after, "/") {
		return "", false
	}
	d, mo := atoi(m.group[1]), atoi(m.group[2])
	feast := slices.Contains(feasts, itoa(d)+"/"+itoa(mo))
	part := d < mo && mo <= 10
	if !feast && part && !slices.Contains(dayWords, m.last()) {
		return "", false
	}
	return date(m.group[1], m.group[2], "", m.last())
}

// fileNumber reads the number of a document, "12/QĐ-UBND"; its letters are abbreviations.
func fileNumber(m match) (string, bool) {
	if !m.numeric() || len(m.group[1]) > 6 {
		return "", false
	}
	words := readWhole(m.group[1])
	if m.group[2] != "" {
		words += " năm " + Number(atoi(m.group[2]))
	}
	return words + ", " + strings.ReplaceAll(m.group[3], "-", " "), true
}

// ordinal reads tháng 4 "tháng tư", thứ 4 "thứ tư", thứ 1 "thứ nhất".
func ordinal(m match) (string, bool) {
	n := atoi(m.group[3])
	word := strings.ToLower(m.group[1])
	if !m.alone() || n == 0 || len(m.after) > 1 && strings.ContainsAny(m.after[:1], "/.,-") && m.after[1] >= '0' && m.after[1] <= '9' {
		return "", false
	}
	switch {
	case word == "thứ" && n == 1:
		return m.group[1] + m.group[2] + "nhất", true
	case word == "thứ" && n == 4, word == "tháng" && n == 4:
		return m.group[1] + m.group[2] + "tư", true
	}
	return m.group[1] + m.group[2] + Number(n), true
}

func numeral(m match) (string, bool) {
	n := roman(m.group[3])
	if !m.alone() || n == 0 {
		return "", false
	}
	switch word := strings.ToLower(m.group[1]); {
	case word == "thứ" && n == 1:
		return m.group[1] + m.group[2] + "nhất", true
	case word == "thứ" && n == 4:
		return m.group[1] + m.group[2] + "tư", true
	}
	return m.group[1] + m.group[2] + Number(n), true
}

// hour reads a time of day; ok is false for what is none.
func hour(h, minutes string) (string, bool) {
	n, past := atoi(h), int64(0)
	if minutes != "" {
		past = atoi(minutes)
	}
	if n > 24 || past > 59 {
		return "", false
	}
	words := Number(n) + " giờ"
	if past > 0 {
		words += " " + Number(past) + " phút"
	}
	return words, true
}

func clock(m match) (string, bool) {
	if !m.numeric() || !m.ends() {
		return "", false
	}
	minutes := ""
	if len(m.group) > 3 {
		minutes = m.group[3]
	} else if m.group[2] == "g" && !slices.Contains([]string{"sáng", "trưa", "chiều", "tối", "đêm", "ngày", "đến"}, m.next()) {
		return "", false // grams
	}
	if minutes == "" && m.group[2] == "h" {
		return Number(atoi(m.group[1])) + " giờ", true // also of how long
	}
	return hour(m.group[1], minutes)
}

func times(m match) (string, bool) {
	if !m.numeric() || !m.ends() {
		return "", false
	}
	from, ok := hour(m.group[1], m.group[2])
	to, good := hour(m.group[3], m.group[4])
	return from + " đến " + to, ok && good
}

// blood reads a group: "O+" is "O dương tính". A minus may be a hyphen, so that something must say that it is one.
func blood(m match) (string, bool) {
	if !m.alone() {
		return "", false
	}
	if m.group[2] == "+" {
		return m.group[1] + " dương tính", true
	}
	if before := m.last(); before != "máu" && before != "nhóm" {
		return "", false
	}
	return m.group[1] + " âm tính", true
}

func dollars(m match) (string, bool) {
	return read(m.group[2], m.next()) + " đô la", m.ends()
}

func span(m match) (string, bool) {
	unit := strings.TrimSpace(m.group[3])
	if !m.numeric() {
		return "", false
	}
	if unit != "" && !m.ends() { // the beginning of a word
		return "", false
	}
	from, to := read(m.group[1], ""), read(m.group[2], "")
	between := " đến "
	if len(m.group[1]) == len(m.group[2]) && m.group[1] >= m.group[2] || len(m.group[1]) > len(m.group[2]) {
		between = ", " // a score, a code
	}
	words := from + between + to
	if unit != "" {
		words += " " + units[unit]
	}
	return words, true
}

func measured(m match) (string, bool) {
	if !m.ends() {
		return "", false
	}
	unit := m.group[2]
	words := read(m.group[1], unit) + " " + units[unit]
	if per := m.group[3]; per != "" {
		if name, ok := units[per]; ok {
			per = name
		}
		words += " một " + per
	}
	return words, true
}

func fraction(m match) (string, bool) {
	above, below := atoi(m.group[1]), atoi(m.group[2])
	if !m.numeric() || !m.ends() {
		return "", false
	}
	if above < below && below <= 10 {
		name := Number(below)
		if below == 4 {
			name = "tư"
		}
		return Number(above) + " phần " + name, true
	}
	return readWhole(m.group[1]) + " trên " + readWhole(m.group[2]), true
}

func plainNumber(m match) (string, bool) { return read(m.group[0], m.next()), true }
