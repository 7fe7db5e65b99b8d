package sqlite

import (
	"database/sql/driver"
	"encoding/json"
	"errors"
	"strconv"

	"lantoa/storage"
	"lantoa/syncproto"
)

const (
	campaignSQL    = "SELECT data FROM campaigns WHERE id = ?"
	campaignsSQL   = "SELECT data FROM campaigns WHERE id < ? ORDER BY id DESC LIMIT ?"
	putCampaignSQL = "INSERT INTO campaigns (id, data) VALUES (?, ?) ON CONFLICT DO UPDATE SET data = excluded.data"
)

// lastID is above every id: where a list begins whose newest comes first.
var lastID = []byte("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff")

func idOrLast(id syncproto.ID) driver.Value {
	if b, ok := id.Bytes(); ok {
		return b[:]
	}
	return lastID
}

// campaignData is a campaign as it is stored. V rises when a build that does not know it would lose something of it.
type campaignData struct {
	V       int            `json:"v"`
	ID      syncproto.ID   `json:"id"`
	Title   string         `json:"title,omitempty"`
	TitleEN string         `json:"title_en,omitempty"`
	About   string         `json:"about,omitempty"`
	Units   []syncproto.ID `json:"units,omitempty"`
	From    int64          `json:"from,omitempty"`
	Until   int64          `json:"until,omitempty"`
	By      syncproto.ID   `json:"by,omitempty"`
	Created int64          `json:"created,omitempty"`
	Changed int64          `json:"changed,omitempty"`
	Closed  int64          `json:"closed,omitempty"`
}

// dataVersion is the V that this build writes and the highest that it reads.
const dataVersion = 1

// decodeData reads what encodeData wrote. Version is where V of data is.
func decodeData(op, text string, data any, version *int) error {
	if err := json.Unmarshal([]byte(text), data); err != nil {
		return syncproto.E(syncproto.CodeStoreBroken, op, err)
	}
	if *version > dataVersion {
		return syncproto.E(syncproto.CodeStoreNewer, op, errors.New("data "+strconv.Itoa(*version)+", this build knows "+strconv.Itoa(dataVersion)))
	}
	return nil
}

func encodeCampaign(c *storage.Campaign) (string, error) {
	return encodeData(&campaignData{
		dataVersion, c.ID, c.Title, c.TitleEN, c.About, c.Units, c.From, c.Until, c.By, c.Created, c.Changed, c.Closed,
	})
}

func encodeData(data any) (string, error) {
	b, err := json.Marshal(data)
	return string(b), err
}

func campaignOf(op string, row []driver.Value) (*storage.Campaign, error) {
	var d campaignData
	if err := decodeData(op, text(row[0]), &d, &d.V); err != nil {
		return nil, err
	}
	return &storage.Campaign{
		ID: d.ID, Title: d.Title, TitleEN: d.TitleEN, About: d.About, Units: d.Units, From: d.From, Until: d.Until, By: d.By,
		Created: d.Created, Changed: d.Changed, Closed: d.Closed,
	}, nil
}

// Campaign implements storage.CallReader.
func (r *reader) Campaign(id syncproto.ID) (*storage.Campaign, error) {
	const op = "read campaign"
	row, err := r.first(op, campaignSQL, id16(id))
	if err != nil {
		return nil, err
	}
	if row == nil {
		return nil, missing(op)
	}
	return campaignOf(op, row)
}

// Campaigns implements storage.CallReader.
func (r *reader) Campaigns(before syncproto.ID, limit int) (out []storage.Campaign, err error) {
	const op = "list campaigns"
	var failed error
	err = r.each(op, campaignsSQL, func(row []driver.Value) bool {
		var c *storage.Campaign
		if c, failed = campaignOf(op, row); failed != nil {
			return false
		}
		out = append(out, *c)
		return true
	}, idOrLast(before), int64(limit))
	if err == nil {
		err = failed
	}
	return out, err
}

// PutCampaign implements storage.CallWriter.
func (t *tx) PutCampaign(c *storage.Campaign) error {
	const op = "store campaign"
	if err := storage.CheckCampaign(c); err != nil {
		return err
	}
	data, err := encodeCampaign(c)
	if err != nil {
		return classify(op, err)
	}
	_, err = t.exec(op, putCampaignSQL, id16(c.ID), data)
	return err
}
