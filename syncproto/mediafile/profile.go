package mediafile

// Where the header of a colour profile has its date, the maker and model of the device it is for, who made it, and the
// checksum of all that (ICC.1:2022, 7.2).
const (
	profileDate    = 24
	profileDevice  = 48
	profileCreator = 80
	profileHeader  = 128
)

// noDate is the first day of 2000, for a date must be one.
var noDate = []byte{0x07, 0xd0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0}

// profile takes out of a colour profile when it was made: phones make one for each picture of high contrast, in the
// second in which it is taken. The colours stay. A checksum of zero means that none was counted.
func (p *plan) profile(s *source, off, n int64) {
	if n < profileHeader || !s.has(off+36, "acsp") {
		return
	}
	p.overwrite(off+profileDate, noDate)
	p.blank(off+profileDevice, 8)
	p.blank(off+profileCreator, 4+16)
}
