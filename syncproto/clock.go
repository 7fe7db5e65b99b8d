package syncproto

// unknownClock is the uncertainty, in ms, of a capture under a boot that the phone never tied to the server's time:
// its clock may have been set in between, so only the order of magnitude is known.
const unknownClock = 24 * 60 * 60 * 1000

// defaultTrip is the uncertainty, in ms, that a request's own travel adds.
const defaultTrip = 30 * 1000

// EstimateCapture estimates when something was captured (S-112), from what the phone's clock said then, from what it
// says in the request, and from the server's time at arrival, in Unix ms. Uptime under one boot cannot be set by
// anybody, so it is preferred to wall clocks. The estimate is never after the arrival and never negative.
func EstimateCapture(c CaptureClock, sent *Clock, arrival int64) *Captured {
	out := &Captured{Device: c.Device, Estimate: arrival, Uncertainty: unknownClock}
	switch anchor := anchorOf(c.Boot, sent); {
	case sent == nil:
		if c.Device > 0 { // else the phone knew nothing, and the arrival is the best guess
			out.Estimate = c.Device
		}
	case c.Boot != "" && c.Boot == sent.Boot && c.Uptime <= sent.Uptime:
		out.Estimate, out.Uncertainty = arrival-(sent.Uptime-c.Uptime), defaultTrip
	case anchor != nil:
		out.Estimate, out.Uncertainty = anchor.Server+c.Uptime-anchor.Uptime, max(anchor.Uncertainty, 1)
	case c.Device > 0:
		out.Estimate = c.Device + arrival - sent.Wall
	}
	if out.Estimate > arrival {
		out.Uncertainty = max(out.Uncertainty, min(out.Estimate-arrival, unknownClock))
		out.Estimate = arrival
	}
	out.Estimate = max(out.Estimate, 0)
	return out
}

func anchorOf(boot string, sent *Clock) *Anchor {
	if boot == "" || sent == nil {
		return nil
	}
	for i := range sent.Anchors {
		if sent.Anchors[i].Boot == boot {
			return &sent.Anchors[i]
		}
	}
	return nil
}
