package people

import (
	"context"

	"lantoa/storage"
	"lantoa/syncproto"
)

// DeviceStatus is a device with what it said of itself when it last came; Contact is nil if it never came.
type DeviceStatus struct {
	storage.Device
	Contact *storage.Contact
}

// Devices lists phones in id order after a given one, fewer than limit only at the end.
func (s *Service) Devices(ctx context.Context, after syncproto.ID, limit int) (list []DeviceStatus, err error) {
	err = s.store.View(ctx, func(r storage.Reader) error {
		list = make([]DeviceStatus, 0, min(max(limit, 0), 1000))
		for len(list) < limit {
			page := limit - len(list)
			devices, err := r.Devices(after, page)
			if err != nil {
				return err
			}
			for i := range devices {
				contact, desk, err := heard(r, &devices[i])
				if err != nil {
					return err
				}
				if after = devices[i].ID; !desk {
					list = append(list, DeviceStatus{devices[i], contact})
				}
			}
			if len(devices) < page {
				break
			}
		}
		return nil
	})
	return list, err
}

// heard returns what a device said of itself when it last came, nil if it never came. desk says that it is no phone but
// what stands for the desk of an account, which never syncs.
func heard(r storage.Reader, d *storage.Device) (contact *storage.Contact, desk bool, err error) {
	if contact, err = r.Contact(d.ID); err == nil || !isNotFound(err) {
		return contact, false, err
	}
	account, err := r.Account(d.Person)
	if err != nil {
		if isNotFound(err) {
			err = nil
		}
		return nil, false, err
	}
	return nil, account.Device == d.ID, nil
}

// RevokeDevice shuts a device out at once, as the operator at the machine does.
func (s *Service) RevokeDevice(ctx context.Context, id syncproto.ID) error {
	return s.Revoke(ctx, Console(), id)
}

// Revoke shuts a device out at once. What it sent stays; what it has not sent it may still bring for a time, as somebody
// without grants (S-188). Whoever governs its person may do it.
func (s *Service) Revoke(ctx context.Context, by Actor, id syncproto.ID) error {
	const op = "revoke device"
	now := s.millis()
	return s.change(ctx, by, now, func(tx storage.Tx, w *warrant) error {
		device, err := tx.Device(id)
		if err != nil {
			return named(err, op, "device")
		}
		grant, err := w.overDevice(tx, device)
		if err != nil || device.Revoked != 0 {
			return err
		}
		device.Revoked = max(now, 1)
		if err := tx.PutDevice(device); err != nil {
			return err
		}
		if err := tx.DropRegistration(id); err != nil {
			return err
		}
		return tx.AddAudit(w.audit("device_revoked", grant, device.Unit, device.Person, string(id)))
	})
}

// overDevice returns the grant by which the actor governs the person of a device; not_found if none does, so that nobody
// learns which devices there are. Of a volunteer of several units any admin may, since a lost phone cannot wait; whoever is
// more than that somewhere is shut out by who governs them there.
func (w *warrant) overDevice(tx storage.Tx, device *storage.Device) (grant syncproto.ID, err error) {
	if grant, ok := w.operator(); ok {
		return grant, nil
	}
	hidden := &syncproto.Error{Code: syncproto.CodeNotFound, Op: "revoke device", Detail: "device"}
	grants, err := tx.Grants(device.Person)
	if err != nil {
		return "", err
	}
	if len(grants) == 0 {
		grants = []syncproto.Grant{{Unit: device.Unit, Role: syncproto.RoleVolunteer}}
	}
	found := false
	for _, g := range counting(grants, w.now) {
		with, ok := w.governs(g.Unit)
		if g.Role == syncproto.RoleOperator || !ok && g.Role != syncproto.RoleVolunteer {
			return "", hidden
		}
		if ok {
			grant, found = with, true
		}
	}
	if !found {
		return "", hidden
	}
	return grant, nil
}
