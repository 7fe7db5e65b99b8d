package mediafile

import (
	"math"
	"regexp"
	"strconv"
	"time"
)

// Facts are what the metadata of a file says about its making, as far as the record wants to know it. They are taken
// once, kept where only named roles read them, and are in no copy that is served. Maker and model are not taken.
type Facts struct {
	// Taken is when the camera says that it was taken; zero if it does not. Phone clocks are recorded, never trusted.
	Taken time.Time
	// ZoneKnown says that Taken is an instant. If not, it is the reading of a clock in an unknown zone, given as UTC.
	ZoneKnown bool
	Place     *Position // nil if the file does not say where
}

// Position is a place on earth in degrees, WGS 84: south and west are negative.
type Position struct{ Lat, Lon float64 }

// position returns nil for what is no place, and for 0°N 0°E, which cameras write when they do not know.
func position(lat, lon float64) *Position {
	if math.IsNaN(lat) || math.IsNaN(lon) || math.Abs(lat) > 90 || math.Abs(lon) > 180 || lat == 0 && lon == 0 {
		return nil
	}
	return &Position{Lat: lat, Lon: lon}
}

// plausible drops times that a clock shows when it was never set.
func plausible(t time.Time) time.Time {
	if t.Year() < 1971 || t.Year() > 2200 {
		return time.Time{}
	}
	return t
}

// iso6709 is the form in degrees (ISO 6709 annex H), which is the one that phones write.
var iso6709 = regexp.MustCompile(`^([+-][0-9]{2}(?:\.[0-9]{1,12})?)([+-][0-9]{3}(?:\.[0-9]{1,12})?)(?:[+-/]|$)`)

func parseISO6709(s string) *Position {
	m := iso6709.FindStringSubmatch(s)
	if m == nil {
		return nil
	}
	lat, err1 := strconv.ParseFloat(m[1], 64)
	lon, err2 := strconv.ParseFloat(m[2], 64)
	if err1 != nil || err2 != nil {
		return nil
	}
	return position(lat, lon)
}
