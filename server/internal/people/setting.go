package people

import (
	"context"
	"strconv"

	"lantoa/storage"
	"lantoa/syncproto"
)

// maxAlarm bounds how long a unit may let submissions wait before the desk above is told.
const maxAlarm = 30 * 24 * 60 * 60 * 1000

// Set stores what a unit decides for itself and for those below it that decide nothing.
func (s *Service) Set(ctx context.Context, by Actor, set storage.UnitSetting) error {
	const op = "set unit"
	if set.AlarmAfter < 0 || set.AlarmAfter > maxAlarm {
		return invalid(op, "alarm_after")
	}
	now := s.millis()
	return s.change(ctx, by, now, func(tx storage.Tx, w *warrant) error {
		grant, err := w.need(set.Unit, op)
		if err != nil {
			return err
		}
		unit, known := w.tree.Unit(set.Unit)
		switch {
		case !known:
			return &syncproto.Error{Code: syncproto.CodeNotFound, Op: op, Detail: "unit"}
		case unit.Until != 0:
			return &syncproto.Error{Code: syncproto.CodeUnitClosed, Op: op, Detail: "unit"}
		}
		if err := tx.PutUnitSetting(&set); err != nil {
			return err
		}
		detail := "own_allowed=" + strconv.FormatBool(set.OwnAllowed) + " alarm_after=" + strconv.FormatInt(set.AlarmAfter, 10)
		return tx.AddAudit(w.audit("unit_set", grant, set.Unit, set.Unit, detail))
	})
}
