package demo

import "math/rand/v2"

// place is a unit of the demo's province with its level, as the association names them since July 2025.
type place struct {
	name, level string
	below       []place
}

// province is a part of the Red Cross of An Giang: communes, wards, a special zone, and grassroots units that hang
// directly under the province, which no fixed number of levels would hold.
var province = place{"Hội Chữ thập đỏ tỉnh An Giang", "Tỉnh", []place{
	{"Hội Chữ thập đỏ phường Rạch Giá", "Phường", []place{
		{"Chi hội khu phố Vĩnh Thanh", "Cơ sở", nil},
		{"Chi hội Trường THPT Nguyễn Trung Trực", "Cơ sở", nil},
	}},
	{"Hội Chữ thập đỏ phường Long Xuyên", "Phường", []place{
		{"Đội thanh niên xung kích Mỹ Bình", "Cơ sở", nil},
	}},
	{"Hội Chữ thập đỏ xã An Phú", "Xã", []place{
		{"Chi hội ấp Phước Hưng", "Cơ sở", nil},
	}},
	{"Hội Chữ thập đỏ xã Kiên Lương", "Xã", nil},
	{"Hội Chữ thập đỏ xã Giồng Riềng", "Xã", nil},
	{"Hội Chữ thập đỏ đặc khu Phú Quốc", "Đặc khu", nil},
	{"Hội Chữ thập đỏ Bệnh viện Đa khoa Kiên Giang", "Cơ sở trực thuộc", nil},
}}

var people = []string{
	"Nguyễn Thị Lan", "Trần Văn Minh", "Danh Thị Hoa", "Lê Hoàng Phúc", "Phạm Ngọc Ánh", "Thạch Sô Phia", "Huỳnh Thị Đào",
	"Võ Quốc Đạt", "Đặng Thu Hà", "Bùi Thanh Tùng", "Đỗ Minh Khôi", "Ngô Thị Yến", "Lý Thị Sà Rây", "Mai Xuân Trường",
	"Trịnh Kim Chi", "Châu Văn Đức", "Hồ Thị Mỹ Linh", "Phan Trọng Nghĩa", "Dương Thị Bé Sáu", "Cao Văn Út", "Tạ Đình Quân",
	"Lâm Thị Ngọc", "Kiều Oanh", "Đinh Công Thành", "Vũ Thị Hằng", "Quách Gia Bảo", "Tô Thị Tuyết", "Hà Văn Lộc",
	"Nguyễn Đức Thịnh", "Trương Thị Diễm", "Lưu Hải Yến", "Đoàn Văn Hậu", "Nguyễn Thị Út Em", "Trần Khánh An",
}

var titles = []string{
	"Chị Hoa hiến máu lần thứ ba mươi", "Chuyến đò chở gạo qua mùa nước nổi", "Bữa cơm nghĩa tình ở khu trọ công nhân",
	"Thầy giáo già dạy bơi miễn phí cho trẻ em vùng lũ", "Tủ thuốc nhân ái của ấp Phước Hưng", "Xe cứu thương 0 đồng chạy xuyên đêm",
	"Ngân hàng bò giúp hộ nghèo thoát nghèo", "Cây cầu nhỏ nối hai bờ kênh Vĩnh Tế", "Nồi cháo tình thương trước cổng bệnh viện",
	"Phiên chợ 0 đồng ngày giáp Tết", "Đội tình nguyện vá đường sau bão", "Mẹ Sáu nuôi ba đứa trẻ mồ côi",
	"Lớp sơ cấp cứu cho bà con làng biển", "Chuyện hai cha con cùng đăng ký hiến tạng", "Góp từng viên gạch xây nhà Chữ thập đỏ",
}

var openings = []string{
	"Sáng nay, khi sương còn phủ trên mặt kênh,", "Giữa mùa nước nổi, lúc con đường vào ấp chỉ còn đi được bằng xuồng,",
	"Không ai nhớ chính xác chuyện bắt đầu từ khi nào, nhưng", "Ở cái tuổi lẽ ra được nghỉ ngơi bên con cháu,",
	"Trận mưa kéo dài ba ngày làm ngập gần hết xóm,", "Vừa tan ca ở xưởng chế biến thủy sản,",
}

var middles = []string{
	"cô vẫn chống xuồng đi từng nhà phát gạo, nước uống và thuốc men.", "anh em trong chi hội đã có mặt đông đủ để dựng lại mái nhà cho gia đình ông Năm.",
	"cả xóm cùng nhau nấu hơn hai trăm suất cơm gửi vào khu cách ly.", "chú Tư lặng lẽ sửa lại chiếc xe cũ để chở người bệnh lên tuyến trên, không lấy tiền.",
	"các bạn đoàn viên thay nhau trực ở điểm hiến máu từ sáng sớm đến chiều muộn.", "bà con góp mỗi người một ít, được mười hai triệu đồng trao cho hai em nhỏ.",
	"đội sơ cấp cứu hướng dẫn từng người cách ép tim và cầm máu trên hình nộm.", "thầy trò trường huyện gom sách vở, quần áo ấm, gói ghém gọn gàng từng phần.",
}

var closings = []string{
	"Điều còn lại sau cùng là những cái nắm tay rất chặt.", "Chị chỉ cười: “Mình giúp được ai thì giúp, có gì đâu mà kể.”",
	"Hôm về, trời đã tối, nhưng ai cũng thấy lòng nhẹ hơn.", "Chi hội dự định làm tiếp vào rằm tháng tới.",
	"Mong câu chuyện nhỏ này lan tỏa đến nhiều nơi khác.", "Cảm ơn tất cả những tấm lòng thầm lặng.",
}

var (
	storyTypes = []string{"guong_tot", "mo_hinh", "hoat_dong", "doi_tac", "cuu_tro"}
	eventTypes = []string{"hien_mau", "cuu_tro", "tap_huan", "gay_quy", "cuoc_thi"}
	eventNames = []string{
		"Ngày hội hiến máu Xuân hồng", "Phát quà cứu trợ vùng ngập", "Tập huấn sơ cấp cứu ban đầu",
		"Tết Nhân ái", "Hội thi tuyên truyền viên giỏi", "Hành trình Đỏ",
	}
	tags = []string{"hiến máu", "cứu trợ", "người tốt việc thiện", "thanh niên", "trẻ em", "Tết", "lũ lụt", "sơ cấp cứu"}
)

func pick(r *rand.Rand, from []string) string { return from[r.IntN(len(from))] }

// body writes a story of four to eight sentences.
func body(r *rand.Rand) string {
	text := pick(r, openings) + " " + pick(r, middles)
	for range 2 + r.IntN(4) {
		text += " " + pick(r, []string{"Rồi", "Sau đó,", "Cùng lúc ấy,", "Đến trưa,"}) + " " + pick(r, middles)
	}
	return text + "\n\n" + pick(r, closings)
}
