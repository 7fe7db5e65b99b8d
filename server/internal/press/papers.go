package press

import (
	"strings"

	"lantoa/syncproto"
)

// paper is one text of a kit.
type paper struct {
	name, what, text string
}

// documents are the texts of a kit.
func (k *Kit) documents() []paper {
	p, use := &k.sheet.Piece, k.ask.Use
	web := p.Web(use)
	list := []paper{
		{"bai-viet.txt", "Bài viết: tiêu đề, dẫn, nội dung, chú thích, nguồn", web.Text() + "\n"},
		{"bai-viet.html", "Bài viết cho trang mạng", page(p.Title, web.HTML())},
		{"facebook.txt", "Bài cho Facebook", p.Facebook(k.ask.Link).Text + "\n"},
		{"tin-nhan.txt", "Tin nhắn không dấu, không quá 160 chữ", p.SMS(k.ask.Link) + "\n"},
		{"loa-truyen-thanh.txt", "Bài đọc trên loa truyền thanh", p.Loudspeaker().Text + "\n"},
	}
	if len(p.Photos) > 0 {
		list = append(list, paper{"chu-thich-anh.txt", "Chú thích và nguồn của từng ảnh", k.captions()})
	}
	return append(list, paper{"quyen-su-dung.txt", "Được dùng vào việc gì, và những điều cần giữ", k.rights()})
}

func page(title, body string) string {
	head := Web{Headline: title}.HTML()
	head = strings.TrimSuffix(strings.TrimPrefix(head, "<h1>"), "</h1>\n")
	return "<!doctype html>\n<html lang=\"vi\">\n<head><meta charset=\"utf-8\"><title>" + head + "</title></head>\n<body>\n" + body + "</body>\n</html>\n"
}

// captions lists what each photo shows and who took it.
func (k *Kit) captions() string {
	var b strings.Builder
	for _, f := range k.files {
		if f.lane != syncproto.LaneDisplay {
			continue
		}
		b.WriteString(f.name + "\n")
		if f.photo.Caption != "" {
			b.WriteString("  Chú thích: " + oneLine(f.photo.Caption) + "\n")
		}
		credit := k.sheet.Unit
		if f.photo.Author != "" {
			credit = f.photo.Author + " / " + credit
		}
		b.WriteString("  Nguồn: " + credit + "\n\n")
	}
	if b.Len() == 0 {
		return "Không có ảnh kèm theo.\n"
	}
	return b.String()
}

// useNames are what a kit is for, in words.
var useNames = map[string]string{
	syncproto.UsePress: "đăng báo, phát thanh, truyền hình", syncproto.UsePublish: "đăng trên trang và ứng dụng của Hội",
	syncproto.UseSocial: "đăng trên mạng xã hội", syncproto.UsePrint: "in ấn (áp phích, sách, báo tường)",
}

// rights says what the kit may be used for. It tells how many agreed, never who.
func (k *Kit) rights() string {
	p := &k.sheet.Piece
	var b strings.Builder
	b.WriteString(p.Title + "\nNguồn: " + p.Unit + "\nMã bài: " + string(p.ID) + "\nBộ tài liệu này được xuất lúc " + moment(k.made.UnixMilli()) + ".\n\n")
	b.WriteString("ĐƯỢC DÙNG ĐỂ: " + useNames[k.ask.Use] + ".\n\n")
	b.WriteString("XIN GIỮ ĐÚNG\n" +
		"- Ghi nguồn như trong chu-thich-anh.txt.\n" +
		"- Không dùng vào việc khác, không đưa cho bên thứ ba.\n" +
		"- Không cắt ghép, sửa làm sai nội dung hoặc làm xấu hình ảnh của người trong ảnh.\n" +
		"- Không nêu tên, địa chỉ, trường lớp của trẻ em.\n" +
		"- Người trong ảnh có thể rút lại sự đồng ý: khi được báo, xin gỡ ngay.\n\n")
	if line := p.mendedLine(); line != "" {
		b.WriteString("Bài này đã được đính chính; xin chỉ dùng bản này.\n" + line + "\n\n")
	}
	for _, f := range k.files {
		if f.lane == syncproto.LaneDisplay {
			b.WriteString(f.name + ": " + f.photo.consentWords() + "\n")
		}
	}
	if left := k.leftOut(); left > 0 {
		b.WriteString("\n" + itoa(int64(left)) + " ảnh của bài không kèm theo vì chưa đủ điều kiện để dùng vào việc này.\n")
	}
	return b.String()
}

// consentWords sums up by whom a photo may be used, in numbers.
func (p *Photo) consentWords() string {
	words := ""
	switch p.Shows {
	case syncproto.ShowsNobody:
		return "không có người nhận ra được."
	case syncproto.ShowsCrowd:
		return "đám đông, không ai nổi bật; biên tập viên đã xem xét."
	default:
		words = itoa(p.People) + " người nhận ra được, đã có sự đồng ý"
	}
	if p.Children {
		words += "; có trẻ em, người đại diện đã đồng ý"
	}
	if p.Expires > 0 {
		words += "; dùng đến hết ngày " + day(p.Expires-1)
	}
	return words + "."
}

// leftOut counts the photos that are not in the kit.
func (k *Kit) leftOut() int {
	in := map[syncproto.ID]bool{}
	for _, f := range k.files {
		in[f.photo.ID] = true
	}
	return len(k.sheet.Photos) - len(in)
}

// contents is the list of what is in the kit; it is written last, when that is known.
func (k *Kit) contents(gone []string) string {
	var b strings.Builder
	b.WriteString("MỤC LỤC\n\n")
	for _, e := range k.list {
		b.WriteString(e.name)
		if e.what != "" {
			b.WriteString(": " + e.what)
		}
		b.WriteString("\n")
	}
	if len(gone) > 0 {
		b.WriteString("\nKhông còn kèm theo (vừa được gỡ): " + strings.Join(gone, ", ") + "\n")
	}
	return b.String()
}
