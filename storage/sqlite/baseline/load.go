package baseline

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"slices"
)

// Load holds the rows of requests.
type Load struct {
	records  int // of one request
	requests []request
}

// request is the rows that one request inserted, by table.
type request [len(tables)][][]driver.Value

// tables are those in which a push of new records inserts rows. All columns are read and written.
var tables = [...]struct{ name, last string }{
	{"records", "SELECT * FROM records ORDER BY rid DESC LIMIT ?"},
	{"feed", "SELECT feed.* FROM feed JOIN (SELECT rid FROM records ORDER BY rid DESC LIMIT ?) USING (rid) ORDER BY rid DESC"},
	{"outcomes", "SELECT * FROM outcomes ORDER BY at DESC LIMIT ?"},
}

// Read returns the rows of the newest requests of a file, each of which created that many records.
func Read(ctx context.Context, path string, requests, records int) (*Load, error) {
	c, err := open(path)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	l := &Load{records: records, requests: make([]request, requests)}
	for i, table := range tables {
		limit := requests * records
		if table.name == "outcomes" {
			limit = requests
		}
		rows, err := query(ctx, c, table.last, int64(limit))
		if err != nil {
			return nil, err
		}
		if len(rows) == 0 || len(rows)%requests != 0 {
			return nil, fmt.Errorf("read baseline: %d rows of %s are not those of %d requests", len(rows), table.name, requests)
		}
		slices.Reverse(rows) // as they were inserted
		each := len(rows) / requests
		for j := range l.requests {
			l.requests[j][i] = rows[j*each : (j+1)*each]
		}
	}
	return l, nil
}

func query(ctx context.Context, c driver.Conn, text string, limit int64) ([][]driver.Value, error) {
	s, err := prepare(c, text)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	rows, err := s.QueryContext(ctx, []driver.NamedValue{{Ordinal: 1, Value: limit}})
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out [][]driver.Value
	for {
		row := make([]driver.Value, len(rows.Columns()))
		switch err := rows.Next(row); {
		case errors.Is(err, io.EOF):
			return out, nil
		case err != nil:
			return nil, err
		}
		out = append(out, row)
	}
}
