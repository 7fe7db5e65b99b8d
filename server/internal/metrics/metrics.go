package metrics

import (
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/common/expfmt"

	"lantoa/syncproto"
)

// Metrics are the counters of one server. All methods may be called concurrently.
type Metrics struct {
	registry  *prometheus.Registry
	requests  *prometheus.CounterVec
	durations *prometheus.HistogramVec
	received  prometheus.Counter
	sent      prometheus.Counter
	refusals  *prometheus.CounterVec
	mutations *prometheus.CounterVec
	pushes    *prometheus.CounterVec
	rounds    prometheus.Counter
	changes   prometheus.Counter
	batches   prometheus.Histogram
	signIns   *prometheus.CounterVec
	notices   *prometheus.CounterVec
	noticing  *prometheus.HistogramVec
}

// New makes the counters of a server of a version, with those of the process and the runtime.
func New(version string) *Metrics {
	m := &Metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "lantoa_requests_total", Help: "Requests by route and status.",
		}, []string{"route", "status"}),
		durations: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "lantoa_request_seconds", Help: "Time from a complete header to the response, by route.",
			Buckets: []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30},
		}, []string{"route"}),
		received: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "lantoa_received_bytes_total", Help: "Bytes of request bodies as they travelled.",
		}),
		sent: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "lantoa_sent_bytes_total", Help: "Bytes of response bodies as they travelled.",
		}),
		refusals: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "lantoa_refusals_total", Help: "Requests answered with a problem, by its code.",
		}, []string{"code"}),
		mutations: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "lantoa_mutations_total", Help: "Mutations received, by result.",
		}, []string{"result"}),
		pushes: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "lantoa_pushes_stopped_total", Help: "Batches that were not judged to their end, by code.",
		}, []string{"code"}),
		rounds: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "lantoa_rounds_with_pages_total", Help: "Rounds of sync that gave pages of changes.",
		}),
		changes: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "lantoa_changes_total", Help: "Changes inside those pages.",
		}),
		batches: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "lantoa_push_mutations", Help: "Mutations in one request that brought any.",
			Buckets: []float64{1, 2, 5, 10, 20, 50, 100, 200, 500},
		}),
	}
	m.signIns = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "lantoa_sign_ins_total", Help: "Sign-ins at the desk, by method and result.",
	}, []string{"method", "result"})
	m.notices = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "lantoa_push_attempts_total", Help: "Requests to push services, by service and result.",
	}, []string{"service", "result"})
	m.noticing = prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "lantoa_push_seconds", Help: "Time that a push service took to answer, by service.",
		Buckets: []float64{.01, .025, .05, .1, .25, .5, 1, 2.5, 5, 15},
	}, []string{"service"})
	build := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "lantoa_build_info", Help: "Always 1; the label is the version.",
		ConstLabels: prometheus.Labels{"version": version},
	})
	build.Set(1)
	m.registry.MustRegister(
		m.requests, m.durations, m.received, m.sent, m.refusals, m.mutations, m.pushes, m.rounds, m.changes, m.batches, m.signIns,
		m.notices, m.noticing,
		build, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	)
	return m
}

// Request counts one answered request.
func (m *Metrics) Request(route string, status int, took time.Duration, in, out int) {
	m.requests.WithLabelValues(route, strconv.Itoa(status)).Inc()
	m.durations.WithLabelValues(route).Observe(took.Seconds())
	m.received.Add(float64(max(in, 0)))
	m.sent.Add(float64(max(out, 0)))
}

// Sent counts bytes of a body that was given piece by piece.
func (m *Metrics) Sent(bytes int64) { m.sent.Add(float64(max(bytes, 0))) }

// Refused counts a problem by its code.
func (m *Metrics) Refused(code syncproto.Code) { m.refusals.WithLabelValues(string(code)).Inc() }

// SignedIn counts an attempt to sign in at the desk.
func (m *Metrics) SignedIn(method, result string) { m.signIns.WithLabelValues(method, result).Inc() }

// Pushed counts one request to a push service by what came of it.
func (m *Metrics) Pushed(service, result string, took time.Duration) {
	m.notices.WithLabelValues(service, result).Inc()
	m.noticing.WithLabelValues(service).Observe(took.Seconds())
}

// Round is what one round of sync did.
type Round struct {
	Applied, Merged, Conflicts, Rejected, Duplicate int            // mutations, by result
	Replayed                                        int            // mutations that had been judged before
	Changes                                         int            // given to the phone
	Push                                            syncproto.Code // why the rest of its batch was not judged
}

// Synced counts a round.
func (m *Metrics) Synced(r Round) {
	brought := 0
	for _, c := range []struct {
		result string
		n      int
	}{
		{string(syncproto.Applied), r.Applied},
		{string(syncproto.Merged), r.Merged},
		{string(syncproto.Conflicts), r.Conflicts},
		{string(syncproto.Rejected), r.Rejected},
		{string(syncproto.Duplicate), r.Duplicate},
		{"replayed", r.Replayed},
	} {
		if c.n > 0 {
			m.mutations.WithLabelValues(c.result).Add(float64(c.n))
			brought += c.n
		}
	}
	if brought > 0 {
		m.batches.Observe(float64(brought))
	}
	if r.Push != "" {
		m.pushes.WithLabelValues(string(r.Push)).Inc()
	}
	if r.Changes > 0 {
		m.rounds.Inc()
	}
	m.changes.Add(float64(r.Changes))
}

// Gauge registers a value that is read when somebody looks. Registering a name twice is a programmer's error.
func (m *Metrics) Gauge(name, help string, read func() float64) {
	m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, read))
}

// Counter registers a value that only grows and is read when somebody looks.
func (m *Metrics) Counter(name, help string, read func() float64) {
	m.registry.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{Name: name, Help: help}, read))
}

// ContentType is the type of what Write writes.
const ContentType = "text/plain; version=0.0.4; charset=utf-8"

// Write writes everything in the text format of Prometheus.
func (m *Metrics) Write(w io.Writer) error {
	families, err := m.registry.Gather()
	if err != nil {
		return fmt.Errorf("gather metrics: %w", err)
	}
	enc := expfmt.NewEncoder(w, expfmt.NewFormat(expfmt.TypeTextPlain))
	for _, family := range families {
		if err := enc.Encode(family); err != nil {
			return fmt.Errorf("write metrics: %w", err)
		}
	}
	return nil
}
