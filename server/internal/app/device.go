package app

import (
	"fmt"
	"strconv"

	"lantoa/server/internal/people"
	"lantoa/storage"
	"lantoa/syncproto"
	"lantoa/syncproto/catalogue"
)

func runDevice(c *call) error {
	word, err := c.sub("device", "list", "revoke")
	if err != nil || word == "" {
		return err
	}
	var cfg Config
	f := c.flags("device")
	dataFlag(f, &cfg)
	asJSON := f.Bool("json", false, "server.flag_json")
	most := 0
	if word == "revoke" {
		most = 1
	}
	if err := c.parse(f, most); err != nil {
		return err
	}
	return c.withData(&cfg, func(w *workshop) error {
		if word == "revoke" {
			return c.revoke(w, syncproto.ID(c.arg(0)))
		}
		return c.listDevices(w, *asJSON)
	})
}

func (c *call) revoke(w *workshop, id syncproto.ID) error {
	if !id.Valid() {
		return usageError("device revoke ID")
	}
	if err := w.people.RevokeDevice(c.ctx, id); err != nil {
		f := faultOf(err)
		if syncproto.CodeOf(err) == syncproto.CodeNotFound {
			f.key, f.detail = "server.fault_device", string(id)
		}
		return f
	}
	fmt.Fprintln(c.stdout, both("server.revoked", words{"device": string(id)}))
	return nil
}

// pageOfDevices bounds one snapshot of the list.
const pageOfDevices = 500

func (c *call) listDevices(w *workshop, asJSON bool) error {
	var all []any
	for after := syncproto.ID(""); ; {
		list, err := w.people.Devices(c.ctx, after, pageOfDevices)
		if err != nil {
			return err
		}
		for i := range list {
			d := &list[i]
			after = d.ID
			name, err := w.nameOf(c, d.Person)
			if err != nil {
				return err
			}
			if asJSON {
				all = append(all, deviceJSON(d, name))
				continue
			}
			fmt.Fprintf(c.stdout, "%s  %-28s %s\n", d.ID, name, deviceLine(d))
		}
		if len(list) < pageOfDevices {
			break
		}
	}
	if asJSON {
		return c.printJSON(all)
	}
	return nil
}

func (w *workshop) nameOf(c *call, person syncproto.ID) (name string, err error) {
	err = w.store.View(c.ctx, func(r storage.Reader) error {
		p, err := r.Person(person)
		if err == nil {
			name = p.Name
		}
		return err
	})
	return name, err
}

func deviceLine(d *people.DeviceStatus) string {
	if d.Revoked != 0 {
		return both("server.device_revoked", words{"at": day(d.Revoked)})
	}
	if d.Contact == nil {
		return both("server.device_never", nil)
	}
	return label("server.device_synced") + " " + day(d.Contact.At) + " · " + label("server.device_unsent") + " " +
		strconv.FormatInt(d.Contact.Unsent, 10) + " · " + label("server.device_failed") + " " + strconv.FormatInt(d.Contact.Failed, 10)
}

func deviceJSON(d *people.DeviceStatus, name string) map[string]any {
	out := map[string]any{
		"id": d.ID, "person": d.Person, "name": name, "unit": d.Unit, "accepted": d.Accepted, "durable": d.Durable,
		"created": d.Created, "revoked": d.Revoked,
	}
	if d.Contact != nil {
		out["seen"], out["app"], out["unsent"], out["failed"] = d.Contact.At, d.Contact.App, d.Contact.Unsent, d.Contact.Failed
	}
	return out
}

// label is a word before a number, short enough for a list.
func label(key string) string {
	return say(catalogue.Vietnamese, key, nil) + "/" + say(catalogue.English, key, nil)
}
