package press

import (
	"maps"
	"regexp"
	"slices"
	"strings"
)

// units are measures as they are written behind a number.
var units = map[string]string{
	"%": "phần trăm", "‰": "phần nghìn", "°C": "độ xê", "°": "độ",
	"kg": "ki lô gam", "g": "gam", "mg": "mi li gam", "tấn": "tấn", "tạ": "tạ", "yến": "yến",
	"km": "ki lô mét", "m": "mét", "dm": "đề xi mét", "cm": "xăng ti mét", "mm": "mi li mét",
	"km2": "ki lô mét vuông", "m2": "mét vuông", "cm2": "xăng ti mét vuông", "m3": "mét khối", "ha": "héc ta",
	"l": "lít", "L": "lít", "lít": "lít", "ml": "mi li lít", "mL": "mi li lít", "cc": "xê xê",
	"kW": "ki lô oát", "kWh": "ki lô oát giờ", "V": "vôn", "W": "oát",
	"đ": "đồng", "Đ": "đồng", "đồng": "đồng", "vnđ": "đồng", "VNĐ": "đồng", "vnd": "đồng", "VND": "đồng", "USD": "đô la Mỹ",
	"k": "nghìn", "K": "nghìn", "tr": "triệu", "triệu": "triệu", "tỷ": "tỷ", "tỉ": "tỷ", "nghìn": "nghìn", "ngàn": "nghìn",
	"h": "giờ", "s": "giây", "ph": "phút", "phút": "phút", "GB": "gi ga bai", "MB": "mê ga bai",
}

// unitNames is the choice of all units for an expression, the longest first.
func unitNames() string {
	names := slices.SortedFunc(maps.Keys(units), func(a, b string) int { return len(b) - len(a) })
	slices.SortStableFunc(names, func(a, b string) int {
		if len(a) != len(b) {
			return len(b) - len(a)
		}
		return strings.Compare(a, b)
	})
	for i := range names {
		names[i] = regexp.QuoteMeta(names[i])
	}
	return strings.Join(names, "|")
}
