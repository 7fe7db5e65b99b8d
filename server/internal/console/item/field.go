package item

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"lantoa/server/internal/console/page"
	"lantoa/syncproto"
	"lantoa/syncproto/catalogue"
)

// order is the order in which fields are read; what is not in it comes behind, by name.
var order = []string{
	"type", "tags", "happened_at", "start", "end", "place", "event", "registered", "blood_units", "households", "value_dong", "urgent",
}

// elsewhere are fields that the sheet shows in places of their own, or that say nothing to people.
var elsewhere = []string{
	"title", "body", "caption", "parent", "position", "file", syncproto.MediaField, syncproto.ArrivedField, syncproto.ShowsField,
	syncproto.PeopleField, syncproto.OwnField,
}

func (b *builder) fields(_ *Sheet) []Field {
	list := b.read(b.top)
	for i := range list {
		list[i].Notes = b.pinned(b.top.ID, list[i].Name)
	}
	return list
}

// read are the fields of a record as people read them.
func (b *builder) read(r *syncproto.Record) (list []Field) {
	for _, name := range r.Fields.Names() {
		if slices.Contains(elsewhere, name) || r.Fields[name].IsNull() {
			continue
		}
		if f := b.readable(name, r.Fields[name]); f.Text != "" || f.At != 0 || len(f.Items) > 0 {
			list = append(list, f)
		}
	}
	slices.SortStableFunc(list, func(x, y Field) int { return placeOf(x.Name) - placeOf(y.Name) })
	return list
}

func placeOf(name string) int {
	if i := slices.Index(order, name); i >= 0 {
		return i
	}
	return len(order)
}

// readable turns a value into what people read.
func (b *builder) readable(name string, v syncproto.Value) Field {
	f := Field{Name: name}
	switch name {
	case "happened_at", "start", "end", "taken_at", "given_at", "expires_at":
		f.At, _ = v.AsInt()
		return f
	case "place":
		members, _ := v.AsObject()
		f.Text = members["text"].TextOr("")
		return f
	case "type":
		f.Text = word(b.r, "item.type_", v.TextOr(""))
		return f
	case "value_dong":
		n, _ := v.AsInt()
		f.Text = b.r.T("item.dong", "n", page.Number(b.r.Lang, n))
		return f
	}
	if n, ok := v.AsInt(); ok {
		f.Text = page.Number(b.r.Lang, n)
		return f
	}
	if on, ok := v.AsBool(); ok {
		if on {
			f.Text = b.r.T("item.yes")
		}
		return f
	}
	if f.Items = texts(v); len(f.Items) > 0 {
		return f
	}
	f.Text = v.TextOr("")
	return f
}

// word is the text of a key that ends in something that a phone sent, and that itself where there is none.
func word(r *page.Request, prefix, of string) string {
	if text := r.T(prefix + of); text != prefix+of {
		return text
	}
	return of
}

// Spot is a place on the map, no finer than a commune.
type Spot struct {
	Name     string
	Lat, Lon float64
	point    string // between degrees and their parts, in the language of the request
}

// The map is equirectangular, as vietnam.svg beside it says: x = (lon - 101.9) · 28.838, y = (23.6 - lat) · 30.

// X is where the place is on the map.
func (p *Spot) X() string { return strconv.FormatFloat((p.Lon-101.9)*28.838, 'f', 1, 64) }

// Y is where the place is on the map.
func (p *Spot) Y() string { return strconv.FormatFloat((23.6-p.Lat)*30, 'f', 1, 64) }

// North is the latitude in words of numbers, no finer than the place is told.
func (p *Spot) North() string { return p.degrees(p.Lat) }

// East is the longitude likewise.
func (p *Spot) East() string { return p.degrees(p.Lon) }

func (p *Spot) degrees(v float64) string {
	return strings.Replace(strconv.FormatFloat(v, 'f', 2, 64), ".", p.point, 1)
}

// coarse is how positions are rounded: to about five kilometres, the width of a commune.
const coarse = 20

func (b *builder) spot(r *syncproto.Record) *Spot {
	place, ok := r.Fields["place"].AsObject()
	if !ok {
		return nil
	}
	lat, hasLat := number(place["lat"])
	lon, hasLon := number(place["lon"])
	if !hasLat || !hasLon {
		return nil
	}
	spot := &Spot{Name: place["text"].TextOr(""), Lat: math.Round(lat*coarse) / coarse, Lon: math.Round(lon*coarse) / coarse, point: ","}
	if b.r.Lang == catalogue.English {
		spot.point = "."
	}
	return spot
}
