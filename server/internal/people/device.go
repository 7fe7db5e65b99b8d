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

// Devices lists devices in id order after a given one.
func (s *Service) Devices(ctx context.Context, after syncproto.ID, limit int) (list []DeviceStatus, err error) {
	err = s.store.View(ctx, func(r storage.Reader) error {
		devices, err := r.Devices(after, limit)
		if err != nil {
			return err
		}
		list = make([]DeviceStatus, len(devices))
		for i := range devices {
			list[i].Device = devices[i]
			contact, err := r.Contact(devices[i].ID)
			if err != nil && !isNotFound(err) {
				return err
			}
			list[i].Contact = contact
		}
		return nil
	})
	return list, err
}

// RevokeDevice shuts a device out at once. What it sent stays; what it has not sent it can still export.
func (s *Service) RevokeDevice(ctx context.Context, id syncproto.ID) error {
	now := s.millis()
	return s.store.Update(ctx, func(tx storage.Tx) error {
		device, err := tx.Device(id)
		if err != nil || device.Revoked != 0 {
			return err
		}
		device.Revoked = max(now, 1)
		return tx.PutDevice(device)
	})
}
