package loadtest

import "strings"

// words is a vocabulary by part of speech, one entry per '|'. It is that of chapters and trade unions writing about
// what they did, with all the diacritics that such text has, because they are what makes Vietnamese long in UTF-8
// and what a compressor meets in the field.
var words = struct {
	family, middle, given, place, level, org, noun, people, goods, verb, act, quality, manner, link, time, opening, common []string
}{
	family: split(`Nguyễn|Trần|Lê|Phạm|Hoàng|Huỳnh|Phan|Vũ|Võ|Đặng|Bùi|Đỗ|Hồ|Ngô|Dương|Lý|Đinh|Lò|Giàng|Vàng|Sùng|Hà|Lương|Tạ|Mai|Trịnh`),
	middle: split(`Văn|Thị|Hữu|Đức|Minh|Ngọc|Thanh|Quang|Xuân|Thu|Kim|Công|Đình|Bích|Hồng|Mạnh|Gia|Khánh|Thùy|Phương`),
	given: split(`Anh|Bình|Châu|Cường|Dung|Duyên|Đạt|Đông|Giang|Hà|Hải|Hạnh|Hằng|Hiếu|Hoa|Hòa|Huệ|Hùng|Hương|Khánh|Lan|Liên|Linh|Loan|Long|Mai|` +
		`Nam|Nga|Ngân|Nghĩa|Nhung|Oanh|Phúc|Phượng|Quân|Quyên|Quỳnh|Sáng|Sơn|Tâm|Thảo|Thắng|Thịnh|Thủy|Tiến|Trang|Trí|Trung|Tuấn|Tuyết|Vân|Việt|Yến|Ý`),
	place: split(`Bản Phiệt|Mường Khương|Tân Lập|Đồng Tâm|Quảng Trạch|Hòa Bình|Lệ Thủy|Nghĩa Lộ|Yên Bình|Phước Sơn|Trà Bồng|Đắk Glong|Cư Kuin|Ea Súp|Ninh Hải|` +
		`Vĩnh Châu|Cù Lao Dung|Thạnh Phú|Ba Tri|Giồng Trôm|Gò Công|Tháp Mười|Hồng Ngự|An Phú|Tri Tôn|Kiên Hải|U Minh|Ngọc Hiển|Đầm Dơi|Phú Quý|Bắc Ái|` +
		`Sông Hinh|Đồng Xuân|Vân Canh|An Lão|Sơn Tây|Nam Giang|A Lưới|Hướng Hóa|Cam Lộ|Minh Hóa|Kỳ Anh|Hương Sơn|Quế Phong|Con Cuông|Mường Lát|Quan Hóa|` +
		`Kim Bôi|Mai Châu|Sông Mã|Mộc Châu|Tủa Chùa|Điện Biên Đông|Sìn Hồ|Phong Thổ|Bát Xát|Si Ma Cai|Hoàng Su Phì|Mèo Vạc|Đồng Văn|Bảo Lạc|Nguyên Bình`),
	level: split(`xã|phường|thôn|bản|tổ dân phố|khu phố|ấp|xóm|thị trấn|buôn`),
	org: split(`Hội Chữ thập đỏ|Công đoàn cơ sở|Chi hội|Đoàn thanh niên|Hội Liên hiệp Phụ nữ|Hội Cựu chiến binh|Trạm y tế|Ủy ban Mặt trận|Câu lạc bộ thiện nguyện|` +
		`Đội xung kích|Trường tiểu học|Ban công tác mặt trận|Nhóm tình nguyện|Liên đoàn Lao động|Bệnh viện đa khoa|Hội Khuyến học`),
	noun: split(`ngôi nhà|con đường|cây cầu|lớp học|giếng nước|mái trường|bữa cơm|chuyến xe|bến đò|vườn rau|ruộng lúa|chuồng trại|mô hình|phong trào|công trình|` +
		`quỹ tình thương|bếp ăn|tủ thuốc|thư viện|sân chơi|nhà văn hóa|bờ kè|tuyến kênh|buổi tập huấn|đợt hiến máu|phiên chợ không đồng|chương trình|hoạt động|` +
		`hoàn cảnh|nỗi lo|niềm vui|ước mơ|sức khỏe|việc làm|học bổng|sinh kế|đời sống|môi trường|nguồn nước|vệ sinh|hậu quả|thiên tai|trận lũ|cơn bão|vụ sạt lở|` +
		`đợt rét|mùa khô|hạn mặn|kinh phí|ngày công|vật liệu|tấm lòng|nghĩa tình|trách nhiệm|kỹ năng|kiến thức|sơ cấp cứu|đuối nước|giao thông|dịch bệnh`),
	people: split(`bà con|các cháu học sinh|đoàn viên|hội viên|người cao tuổi|gia đình chính sách|hộ nghèo|hộ cận nghèo|công nhân|người khuyết tật|nạn nhân da cam|` +
		`bệnh nhân|trẻ mồ côi|thầy cô giáo|cán bộ|tình nguyện viên|nhà hảo tâm|ngư dân|người lao động|phụ nữ đơn thân|chiến sĩ|y bác sĩ|thanh niên|mạnh thường quân`),
	goods: split(`suất quà|thùng mì|túi gạo|chăn ấm|áo phao|bình lọc nước|bộ sách giáo khoa|xe đạp|xe lăn|con bò giống|cây giống|đơn vị máu|hộp sữa|túi thuốc|` +
		`tấm tôn|bao xi măng|cặp sách|áo khoác|nhu yếu phẩm|bếp ga|màn chống muỗi|đèn pin|phao cứu sinh|thẻ bảo hiểm y tế|sổ tiết kiệm|mâm cơm`),
	verb: split(`trao tặng|vận động|hỗ trợ|giúp đỡ|xây dựng|sửa chữa|thăm hỏi|động viên|tổ chức|quyên góp|tiếp nhận|vận chuyển|khám bệnh|phát thuốc|dọn dẹp|trồng|` +
		`hướng dẫn|tuyên truyền|chia sẻ|đồng hành|cứu trợ|sơ tán|che chở|nuôi dưỡng|đỡ đầu|khen thưởng|ghi nhận|lan tỏa|nhân rộng|duy trì|phối hợp|kêu gọi|` +
		`chuẩn bị|khắc phục|gia cố|khơi thông|bàn giao|khánh thành|đưa đón|chăm sóc`),
	act: split(`không quản nắng mưa|thức trắng đêm|góp từng viên gạch|lội bùn vào tận nơi|chèo thuyền từng nhà|gom từng đồng|nấu hàng trăm suất cơm|đi bộ hơn mười cây số|` +
		`hiến máu cứu người|nhường phần đất của mình|tắt máy xuống dắt xe|gác việc nhà|dậy từ ba giờ sáng|cõng người già qua suối|dựng lại mái nhà|thay nhau trực|` +
		`kể lại với giọng nghẹn ngào|nắm chặt tay chúng tôi|mỉm cười thật hiền|không giấu được nước mắt`),
	quality: split(`khó khăn|ấm áp|thiết thực|kịp thời|bền bỉ|giản dị|lặng lẽ|nhiệt tình|sáng tạo|hiệu quả|vững vàng|nghèo khó|neo đơn|xa xôi|hiểm trở|ngập sâu|khang trang|` +
		`kiên cố|sạch đẹp|an toàn|đáng quý|bất ngờ|tận tụy|chân thành|đông đủ|cảm động|ý nghĩa|rộng khắp|đầu tiên|mới mẻ`),
	manner: split(`cùng nhau|lần lượt|tận tay|nhanh chóng|thường xuyên|trực tiếp|bằng cả tấm lòng|hết mình|âm thầm|từng bước|ngay trong đêm|không chút do dự|đều đặn|tự nguyện|chu đáo`),
	link:   split(`Tuy nhiên|Nhờ đó|Ngoài ra|Bên cạnh đó|Đặc biệt|Trước đó|Đến nay|Vì vậy|Không chỉ vậy|Theo kế hoạch|Qua đó|Thật bất ngờ|Từ đó|Được biết|Dịp này|Trong khi ấy|Cứ thế`),
	time:   split(`Sáng sớm|Chiều muộn|Tối qua|Cuối tuần này|Giữa trưa|Sau bão|Ngay khi nước rút|Dịp Tết|Mùa tựu trường|Ba năm nay|Mấy tháng gần đây|Hôm nay|Đầu năm học|Trước thềm xuân|Tuần trước`),
	common: split(`ai|anh|ao|bà|bác|bài|bạn|bao|bằng|bát|bây giờ|bên|bến|bò|bóng|bố|buồn|buổi|bước|cá|cách|cảm ơn|cánh đồng|cao|cát|cầm|cần|câu chuyện|cầu|cây|cha|chạy|chắc|chăm|` +
		`chân|chậm|chén|chị|chia|chiếc|chiều|chim|cho|chờ|chợ|chồng|chú|chung|chút|chữ|chừng|có|con|còn|cô|công việc|cũ|cụ|của|cùng|cửa|cười|dài|dạy|dân|dần|dậy|dịp|dòng|` +
		`dù|dừng|dường như|đã|đám|đang|đánh|đau|đầu|đất|đêm|đến|đèn|đẹp|đi|điện|điều|đó|đóng|đọc|đồi|đôi|đông|động|đời|đợi|đủ|đưa|đứa|đứng|đường|em|ghe|ghé|gặp|gần|gánh|gạo|` +
		`gì|giá|già|giấc|giấy|gió|giọng|giờ|giữ|giữa|gọi|gỗ|góc|gửi|hai|hạt|hát|hàng xóm|hằng ngày|hẳn|hết|hiểu|hình|hỏi|học|hoa|hôm|hơn|hứa|hương|ít|kể|khách|khác|khi|khỏe|` +
		`không|khóc|khô|khuya|kia|kịp|kỹ|lá|lạ|làm|làng|lành|lại|lạnh|lặng|lần|lâu|lấy|lên|lo|loa|lòng|lối|lớn|lợn|lúa|lúc|luôn|lũ|lưng|lưới|má|mai|mãi|mang|máy|mắt|mặt|mẹ|` +
		`mưa|mất|mây|mấy|miền|miệng|mỏi|mọi|món|mong|mọc|một|mới|mùa|muối|muốn|mười|mượn|mưa dầm|nắng|năm|nặng|ngày|ngắn|nghe|nghề|nghỉ|nghĩ|ngoài|ngon|ngồi|ngủ|người|ngược|` +
		`nhà|nhau|nhắc|nhẹ|nhiều|nhìn|nhỏ|nhớ|như|những|nhưng|no|nói|nón|nồi|nông|nơi|núi|nuôi|nữa|nước|ông|ốm|phải|phía|phố|phơi|phút|qua|quá|quanh|quay|quê|quen|quý|quyết|` +
		`ra|rau|rằng|rất|rẫy|rét|riêng|rõ|rộng|rơi|rồi|rừng|rước|ruộng|sách|sáng|sắp|sân|sâu|sẽ|sinh|sóng|sông|sống|suối|sức|sương|tay|tàu|tám|tất cả|tên|thả|tháng|thành|thay|` +
		`thầy|thấy|theo|thêm|thì|thích|thiếu|thịt|thôi|thơm|thuê|thuyền|thư|thử|thương|thường|tiếng|tiền|tìm|tình|tin|to|tóc|tôi|tối|tốt|trả|trai|tranh|trăm|trăng|trẻ|trên|` +
		`trong|trở|trôi|trông|trời|trưa|trước|tuổi|tuy|từng|tự|tươi|tường|uống|ướt|vải|vàng|vào|vay|vẫn|vất vả|vẽ|về|việc|vỏ|vội|vốn|vui|vùng|vừa|vườn|xa|xanh|xe|xem|xin|xong|xóm|xuân|xuống|yên|yêu`),
	opening: split(`Gương sáng|Chuyện kể từ|Hơi ấm ở|Nghĩa tình|Chung tay vì|Ngày hội ở|Những bước chân|Mùa xuân sớm|Bếp lửa|Điểm tựa của|Nối nhịp cầu|Tiếng cười ở|Trái tim|Đổi thay ở|Về lại`),
}

func split(list string) []string { return strings.Split(list, "|") }
