package calls

import (
	"context"

	"lantoa/server/internal/console/page"
	"lantoa/server/internal/figure"
	"lantoa/server/internal/notify"
	"lantoa/server/internal/staff"
	"lantoa/syncproto"
)

// frequencyView is how often people were rung.
type frequencyView struct {
	*notify.Frequency
	Grants []staff.GrantView
	All    bool // whoever asks may ask for the whole server
	Rows   []oftenView
	People string
	Rung   string
}

type oftenView struct {
	Pushes  int64
	Persons string
	Bar     int64 // of 1000
}

// frequency shows how often people were rung in the last days, without names.
func (o *office) frequency(ctx context.Context, r *page.Request) (page.Answer, error) {
	v := &frequencyView{Grants: grants(r), All: r.Has(syncproto.RoleOperator)}
	unit, days := r.ID("unit"), r.Number("days")
	if err := r.Err(); err != nil {
		return nil, err
	}
	if days == 0 {
		days = 7
	}
	if unit == "" && !r.Sent("unit") && len(v.Grants) > 0 && !v.All {
		unit = v.Grants[0].Unit
	}
	f, err := o.Planner.Frequency(ctx, r.People(), unit, days)
	if err != nil {
		return nil, err
	}
	v.Frequency = f
	most := int64(1)
	for _, row := range f.Rows {
		most = max(most, row.Persons)
	}
	for _, row := range f.Rows {
		v.Rows = append(v.Rows, oftenView{row.Pushes, shown(r, figure.Of(row.Persons)), row.Persons * 1000 / most})
	}
	v.People, v.Rung = page.Number(r.Lang, f.Persons), page.Number(r.Lang, f.Pushes)
	return page.View{Name: "calls/frequency", Title: r.T("calls.frequency"), Area: "calls", Data: v}, nil
}
