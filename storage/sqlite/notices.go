package sqlite

import (
	"database/sql/driver"

	"lantoa/storage"
	"lantoa/syncproto"
)

const (
	noticeColumns  = "SELECT number, at, due, dropped, revision, record, unit, scope, kind FROM notices "
	noticesSQL     = noticeColumns + "WHERE number > ? ORDER BY number LIMIT ?"
	noticesToSQL   = noticeColumns + "WHERE scope = ? AND number > ? ORDER BY number LIMIT ?"
	sameNoticeSQL  = "SELECT number FROM notices WHERE record = ? AND kind = ? AND revision = ? AND scope = ? AND dropped = 0"
	dropNoticesSQL = "UPDATE notices SET dropped = max(?1, 1) WHERE record = ?2 AND dropped = 0 AND due > ?1"
)

// Notices implements storage.NoticeReader.
func (r *reader) Notices(to syncproto.Scope, above int64, limit int) ([]storage.Notice, error) {
	sql, args := noticesSQL, []driver.Value{above, int64(limit)}
	if to != "" {
		sql, args = noticesToSQL, []driver.Value{string(to), above, int64(limit)}
	}
	return r.notices(sql, args...)
}

func (r *reader) notices(sql string, args ...driver.Value) (out []storage.Notice, err error) {
	err = r.each("read notices", sql, func(row []driver.Value) bool {
		out = append(out, storage.Notice{
			Number: integer(row[0]), At: integer(row[1]), Due: integer(row[2]), Dropped: integer(row[3]),
			Revision: integer(row[4]), Record: idOf(row[5]), Unit: idOf(row[6]), To: syncproto.Scope(text(row[7])),
			Kind: storage.NoticeKind(text(row[8])),
		})
		return true
	}, args...)
	return out, err
}

// AddNotice implements storage.NoticeWriter.
func (t *tx) AddNotice(n *storage.Notice) (added bool, err error) {
	const op = "store notice"
	record := idOrEmpty(n.Record)
	same, err := t.first(op, sameNoticeSQL, record, string(n.Kind), n.Revision, string(n.To))
	if err != nil {
		return false, err
	}
	if same != nil {
		n.Number = integer(same[0])
		return false, nil
	}
	result, err := t.exec(op, `INSERT INTO notices (at, due, dropped, revision, record, unit, scope, kind)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
		n.At, n.Due, n.Dropped, n.Revision, record, id16(n.Unit), string(n.To), string(n.Kind))
	if err != nil {
		return false, err
	}
	n.Number, err = result.LastInsertId()
	return err == nil, classify(op, err)
}

// DropNotices implements storage.NoticeWriter.
func (t *tx) DropNotices(record syncproto.ID, at int64) error {
	_, err := t.exec("drop notices", dropNoticesSQL, at, idOrEmpty(record))
	return err
}
