package push_test

import (
	"context"
	"testing"

	"lantoa/server/internal/push"
	"lantoa/server/internal/push/fcm"
	"lantoa/server/internal/push/standin"
	"lantoa/storage"
)

// TestRealSDK sends through the Firebase SDK to a stand-in: what the service says arrives in the database.
func TestRealSDK(t *testing.T) {
	srv, err := standin.New(standin.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer srv.Close()
	sender, err := fcm.New(t.Context(), fcm.Options{Credentials: srv.Credentials(), Endpoint: srv.Endpoint(), Roots: srv.Roots(), Parallel: 64})
	if err != nil {
		t.Fatal(err)
	}
	defer sender.Close()
	w := newWorld(t)
	const phones = 300
	var gone, bad, ios phone
	number := w.intent(storage.ClassUrgent, phones, func(i *storage.Intent, nth int, p *phone) {
		switch nth {
		case 10:
			gone = *p
			srv.Behave(p.Address, standin.Unregistered)
		case 20:
			bad = *p
			srv.Behave(p.Address, standin.BadToken)
		case 30:
			srv.Behave(p.Address, standin.BadField)
		case 40:
			srv.Behave(p.Address, standin.ResetAfter)
		case phones - 1:
			p.Platform = string(push.IOS)
			ios = *p
			srv.Behave(p.Address, standin.ThirdPartyAuth)
		}
	})
	s := &closing{Sender: sender, over: make(chan struct{})}
	s.left.Store(phones)
	e := push.New(push.Options{Store: w.store, Senders: only(s), Render: render, InFlight: 64, Ramp: -1, Rate: 10_000})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- e.Run(ctx) }()
	<-s.over
	cancel()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	w.want(number, states{
		storage.DeliveryAccepted: phones - 5, storage.DeliveryGone: 1, storage.DeliveryFailed: 2, storage.DeliveryDue: 2,
	})
	if got := e.Status().Services[0]; len(got.Lanes) != 1 || got.Lanes[0].Platform != push.IOS || got.Breaker != push.BreakerClosed {
		t.Errorf("status %+v", got)
	}
	w.view(func(r storage.Reader) error {
		for _, c := range []struct {
			of      phone
			retired bool
		}{{gone, true}, {bad, false}, {ios, false}} {
			got, err := r.Registration(c.of.Device)
			if err != nil {
				return err
			}
			if (got.Retired > 0) != c.retired {
				t.Errorf("a registration is retired since %d with code %q", got.Retired, got.Code)
			}
		}
		return nil
	})
	if n := srv.Stats().Requests; n != phones {
		t.Errorf("%d requests for %d attempts", n, phones)
	}
}
