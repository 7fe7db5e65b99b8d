package press_test

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"lantoa/server/internal/press"
)

func TestNumbersAreReadAloud(t *testing.T) {
	for n, want := range map[int64]string{
		0: "không", 1: "một", 4: "bốn", 5: "năm", 10: "mười", 11: "mười một", 14: "mười bốn", 15: "mười lăm", 20: "hai mươi",
		21: "hai mươi mốt", 24: "hai mươi tư", 25: "hai mươi lăm", 91: "chín mươi mốt", 100: "một trăm", 101: "một trăm linh một",
		105: "một trăm linh năm", 110: "một trăm mười", 111: "một trăm mười một", 115: "một trăm mười lăm", 555: "năm trăm năm mươi lăm",
		1000: "một nghìn", 1005: "một nghìn không trăm linh năm", 1050: "một nghìn không trăm năm mươi", 2026: "hai nghìn không trăm hai mươi sáu",
		12500: "mười hai nghìn năm trăm", 1_000_000: "một triệu", 1_200_000: "một triệu hai trăm nghìn",
		1_000_005: "một triệu không trăm linh năm", 2_005_000: "hai triệu không trăm linh năm nghìn",
		1_000_000_000: "một tỷ", 7_250_000_000: "bảy tỷ hai trăm năm mươi triệu", 1_000_000_000_000: "một nghìn tỷ", -15: "âm mười lăm",
	} {
		if got := press.Number(n); got != want {
			t.Errorf("%d: got %q, want %q", n, got, want)
		}
	}
}

func TestTextsAreReadAloud(t *testing.T) {
	for text, want := range map[string]string{
		"Ngày 12/03/2026, Hội CTĐ xã phát 105 suất quà": "Ngày mười hai tháng ba năm hai nghìn không trăm hai mươi sáu, Hội Chữ thập đỏ xã phát một trăm linh năm suất quà.",
		"Sáng 2/9":                     "Sáng ngày hai tháng chín.",
		"dịp 30/4 và 1/5":              "dịp ngày ba mươi tháng tư và ngày một tháng năm.",
		"3/4 số hộ":                    "ba phần tư số hộ.",
		"15/20 thôn":                   "mười lăm trên hai mươi thôn.",
		"từ ngày 12-15/3":              "từ ngày mười hai đến ngày mười lăm tháng ba.",
		"12/3 - 15/3/2026":             "ngày mười hai tháng ba đến ngày mười lăm tháng ba năm hai nghìn không trăm hai mươi sáu.",
		"tháng 4/2026":                 "tháng tư năm hai nghìn không trăm hai mươi sáu.",
		"tháng 4":                      "tháng tư.",
		"thứ 4 và thứ 7":               "thứ tư và thứ bảy.",
		"quý II/2026":                  "quý hai năm hai nghìn không trăm hai mươi sáu.",
		"Đại hội lần thứ XV":           "Đại hội lần thứ mười lăm.",
		"7h30":                         "bảy giờ ba mươi phút.",
		"7h00":                         "bảy giờ.",
		"lúc 19:05":                    "lúc mười chín giờ năm phút.",
		"7h30-9h":                      "bảy giờ ba mươi phút đến chín giờ.",
		"7g sáng, 500g đường":          "bảy giờ sáng, năm trăm gam đường.",
		"24h qua":                      "hai mươi tư giờ qua.",
		"1.200.000đ":                   "một triệu hai trăm nghìn đồng.",
		"1.200.000 đồng":               "một triệu hai trăm nghìn đồng.",
		"50k":                          "năm mươi nghìn.",
		"1,5 triệu đồng":               "một phẩy năm triệu đồng.",
		"2,125 tỷ":                     "hai phẩy một hai năm tỷ.",
		"2,125 phần quà":               "hai nghìn một trăm hai mươi lăm phần quà.",
		"50.000đ/suất":                 "năm mươi nghìn đồng một suất.",
		"$100":                         "một trăm đô la.",
		"250ml máu nhóm O+":            "hai trăm năm mươi mi li lít máu nhóm O dương tính.",
		"nhóm máu AB-":                 "nhóm máu a bê âm tính.",
		"37,5°C":                       "ba mươi bảy phẩy năm độ xê.",
		"10% hộ nghèo":                 "mười phần trăm hộ nghèo.",
		"60km/h":                       "sáu mươi ki lô mét một giờ.",
		"120 m2":                       "một trăm hai mươi mét vuông.",
		"120 m² đất":                   "một trăm hai mươi mét vuông đất.",
		"5-7 ngày":                     "năm đến bảy ngày.",
		"giai đoạn 2025-2030":          "giai đoạn hai nghìn không trăm hai mươi lăm đến hai nghìn không trăm ba mươi.",
		"gọi 115":                      "gọi một một năm.",
		"kêu gọi 200 người":            "kêu gọi hai trăm người.",
		"ĐT: 0912 345 678":             "điện thoại: không chín một hai, ba bốn năm, sáu bảy tám.",
		"0912345678":                   "không chín một hai, ba bốn năm, sáu bảy tám.",
		"tổng đài 1900 1234":           "tổng đài một chín không không, một hai ba bốn.",
		"UBND xã và TNV":               "Ủy ban nhân dân xã và tình nguyện viên.",
		"ngày hội HMTN tại TP. Huế":    "ngày hội hiến máu tình nguyện tại thành phố Huế.",
		"số 12/QĐ-UBND":                "số mười hai, quyết định Ủy ban nhân dân.",
		"BS. Hoa và đ/c Nam":           "bác sĩ Hoa và đồng chí Nam.",
		"Của UBND.":                    "Của Ủy ban nhân dân.",
		"gạo, mì, v.v.":                "gạo, mì, vân vân.",
		"COVID-19":                     "cô vít mười chín.",
		"Xem https://hoi.vn/a?b=1 nhé": "Xem nhé.",
		"Vui quá 😀❤️ #HiếnMáu":         "Vui quá.",
		"lớp 5A4":                      "lớp năm A bốn.",
		"CHUNG TAY VÌ CỘNG ĐỒNG":       "CHUNG TAY VÌ CỘNG ĐỒNG.",
		"05 hộ, mã 007":                "năm hộ, mã không không bảy.",
		"- Gạo: 10kg\n- Mì: 5 thùng":   "Gạo: mười ki lô gam.\nMì: năm thùng.",
		"xã/phường (mới)":              "xã, phường, mới.",
		"tỷ số 2-1":                    "tỷ số hai, một.",
		"٣ người":                      "ba người.",
		"5m":                           "năm mét.",
		"5 mẹ":                         "năm mẹ.",
		"10 hộ":                        "mười hộ.",
		"2 giờ":                        "hai giờ.",
		"14 giờ 30 phút":               "mười bốn giờ ba mươi phút.",
		"":                             "",
	} {
		if got := press.Speak(text).Text; got != want {
			t.Errorf("%q:\n got %q\nwant %q", text, got, want)
		}
	}
}

func TestUnknownAbbreviationsAreSpeltAndTold(t *testing.T) {
	got := press.Speak("Dự án KXL và BHZ; KXL nữa")
	if want := "Dự án ca ích lờ và bê hát dét; ca ích lờ nữa."; got.Text != want {
		t.Errorf("got %q", got.Text)
	}
	if strings.Join(got.Spelt, " ") != "KXL BHZ" {
		t.Errorf("got %v", got.Spelt)
	}
}

// TestLongTextsTakeNotLong: nothing that somebody writes takes the square of its length.
func TestLongTextsTakeNotLong(t *testing.T) {
	for _, piece := range []string{"1", "1.", "1-", "1/", "12/3", "A", "TP.", "0", "1.1.1mx", "7h30-", "(", "\n", "ă", "-1", "O+", "v."} {
		text := strings.Repeat(piece, 64_000/len(piece))
		if got := press.Speak(text + "mx").Text; len(got) > 40*len(text) {
			t.Errorf("%q: %d bytes", piece, len(got))
		}
	}
}

func FuzzSpeak(f *testing.F) {
	for _, seed := range []string{"12/3/2026", "1.2.3,4", "7h30-9h", "0912 345 678", "O+ A- 50k 3/4", "TP. v.v. đ/c", "९९", "1,000.5%", "\x00\xff#a", "1-2-3/4/5"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got := press.Speak(text)
		if !utf8.ValidString(got.Text) || len(got.Text) > 40*len(text)+64 {
			t.Fatalf("%q gives %d bytes", text, len(got.Text))
		}
		if at := strings.IndexFunc(got.Text, unicode.IsDigit); at >= 0 {
			t.Fatalf("%q gives %q", text, got.Text)
		}
	})
}
