package app

// commands lists what the program can do. It is a function because help, which lists it, is reached from its rows.
func commands() []command {
	return []command{
		{"serve", "", "chạy máy chủ (mặc định)", "run the server (the default)", runServe},
		{"enroll", "-role R [-unit U]", "tạo mã ghi danh một lần", "make a single-use enrollment code", runEnroll},
		{"unit", "add|list|rename", "các đơn vị của tổ chức", "the units of the organisation", runUnit},
		{"device", "list|revoke", "các điện thoại đã ghi danh", "the enrolled phones", runDevice},
		{"backup", "[FILE]", "sao lưu, kể cả khi máy chủ đang chạy", "back up, also while the server runs", runBackup},
		{"restore", "FILE", "khôi phục một bản sao lưu", "restore a backup", runRestore},
		{"demo", "[-keep]", "một tuần bão của một tỉnh, với 30 điện thoại", "a province's bad week, with 30 phones", runDemo},
		{"version", "", "phiên bản", "the version", runVersion},
	}
}
