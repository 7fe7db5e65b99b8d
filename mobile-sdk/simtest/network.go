package simtest

import (
	"context"
	"errors"
	"net/http"

	mobilesdk "lantoa/mobile-sdk"
)

// network is a phone's link to the server. What goes wrong is drawn from the dice of the current action.
type network struct{ p *phone }

// delivery is a request that the network kept, to bring it once more when nobody waits for it.
type delivery struct {
	path, token string
	body        []byte
}

// mostExchanges bounds the requests of one action. A small run needs a handful; a phone in a loop has no end.
const mostExchanges = 300

var errLink = errors.New("the link broke")

// Live is not used in a simulation: pokes change nothing but when a phone syncs.
func (n *network) Live(ctx context.Context, _ *mobilesdk.Request, _ func()) error {
	<-ctx.Done()
	return ctx.Err()
}

// Do performs one exchange, or loses it in one of the ways in which networks do.
func (n *network) Do(_ context.Context, r *mobilesdk.Request) (*mobilesdk.Response, error) {
	w, p := n.p.w, n.p
	if w.exchanges++; w.exchanges == mostExchanges {
		w.violate(GetsQuiet, "phone %d does not stop asking", p.index)
	}
	if w.exchanges >= mostExchanges {
		return nil, errLink
	}
	w.now += 20 + int64(w.dice.IntN(2000))
	if w.calm {
		return n.deliver(r)
	}
	p.whileWaiting()
	switch w.dice.IntN(26) {
	case 0:
		w.say("    net: request dropped")
		return nil, errLink
	case 1, 2, 3:
		n.deliver(r)
		w.say("    net: reply dropped")
		return nil, errLink
	case 4, 5:
		first, _ := n.deliver(r)
		w.say("    net: request doubled, first reply used")
		n.deliver(r)
		return answered(first)
	case 6:
		n.deliver(r)
		w.say("    net: request doubled, second reply used")
		return n.deliver(r)
	case 7, 8:
		w.say("    net: request kept for later")
		w.late = append(w.late, delivery{r.Path, r.Token, append([]byte(nil), r.Body...)})
		return n.deliver(r)
	case 9:
		w.say("    net: request cut")
		cut := *r
		cut.Body = r.Body[:w.dice.IntN(len(r.Body)+1)]
		n.deliver(&cut)
		return nil, errLink
	case 10, 11:
		out, err := n.deliver(r)
		if err == nil && len(out.Body) > 0 {
			out.Body = out.Body[:w.dice.IntN(len(out.Body))]
		}
		w.say("    net: reply cut")
		return out, err
	case 12:
		w.say("    net: captive portal")
		return &mobilesdk.Response{Status: http.StatusOK, Body: []byte("<html>Đăng nhập Wi-Fi</html>")}, nil
	case 13:
		n.deliver(r)
		w.say("    net: gateway timeout after the server answered")
		return &mobilesdk.Response{Status: http.StatusGatewayTimeout, Body: []byte("upstream")}, nil
	}
	return n.deliver(r)
}

func answered(r *mobilesdk.Response) (*mobilesdk.Response, error) {
	if r == nil {
		return nil, errLink
	}
	return r, nil
}

// deliver brings a request to the server and shows both to the witness.
func (n *network) deliver(r *mobilesdk.Request) (*mobilesdk.Response, error) {
	sent := r.Body
	if n.p.newer && r.Path == "/v1/sync" {
		sent = fromNewerApp(sent)
	}
	status, body, ok := n.p.w.serve(r.Path, r.Token, sent)
	if !ok {
		return nil, errLink
	}
	if n.p.newer && status == http.StatusOK {
		body = fromNewerServer(body)
	}
	return &mobilesdk.Response{
		Status: status, Body: append([]byte(nil), body...), Sent: int64(len(r.Body)), Received: int64(len(body)),
	}, nil
}

// serve lets the server answer and the witness look.
func (w *World) serve(path, token string, body []byte) (int, []byte, bool) {
	w.fileArrives()
	status, answer, ok := w.server.Serve(path, token, body)
	if path == "/v1/enroll" {
		w.learn(body, answer)
	}
	if ok && status == http.StatusOK {
		w.witness(path, token, body, answer)
	}
	return status, answer, ok
}

// whileWaiting lets the person use the phone while a request is on its way: nothing may wait for the network.
func (p *phone) whileWaiting() {
	if p.busy || !p.w.dice.chance(6) {
		return
	}
	p.busy = true
	p.w.say("    meanwhile:")
	p.capture()
	p.busy = false
}
