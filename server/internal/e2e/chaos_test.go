package e2e

import (
	"flag"
	"fmt"
	"testing"
	"time"

	mobilesdk "lantoa/mobile-sdk"
	"lantoa/server/internal/app"
	"lantoa/storage"
	"lantoa/syncproto"
)

// The matrix at its full size, about two minutes on two cores:
//
//	go test ./server/internal/e2e -run TestChaos -v -chaos.size 200 -chaos.cuts 64 -chaos.seeds 3
var (
	chaosSize  = flag.Int64("chaos.size", 18, "MiB of each file that is sent through cuts")
	chaosCuts  = flag.Int64("chaos.cuts", 10, "cuts on its way, on average")
	chaosSeeds = flag.Uint64("chaos.seeds", 1, "how many runs of each kind")
)

// chaosStall is how long a phone of the matrix waits on a silent connection: a minute in the field. It is well above what
// a slow disk takes to make durable what came before, for which the phone's next request waits.
const chaosStall = time.Second

// headOf bounds what a request of the phone has beside the bytes of a file.
const headOf = 600

// TestChaos sends a file through a network that breaks in every way, into a directory and into S3. However it breaks, the
// stored bytes are those of the phone, no byte is taken twice, and only headers travel again, besides what a reset
// destroys on its way.
func TestChaos(t *testing.T) {
	ways := map[string][]cut{
		"fin": {cutFIN}, "rst": {cutRST}, "stall": {cutStall}, "mixed": {cutFIN, cutRST, cutStall},
	}
	for seed := uint64(1); seed <= *chaosSeeds; seed++ {
		for _, place := range []string{"directory", "s3"} {
			for _, way := range []string{"fin", "rst", "stall", "mixed"} {
				t.Run(fmt.Sprintf("%s/%s/%d", place, way, seed), func(t *testing.T) {
					if *chaosSize < 100 { // figures of large files are of one at a time
						t.Parallel()
					}
					chaos(t, place, seed, ways[way])
				})
			}
		}
	}
}

func chaos(t *testing.T, place string, seed uint64, ways []cut) {
	var s3 *gateway
	y := newYard(t, func(c *app.Config) {
		if place == "s3" {
			s3 = newGateway(t)
			s3.use(c, "")
		}
	})
	network := newCutter(t, y.s.Addr().String(), 3*chaosStall)
	network.came = func() int64 { return int64(y.figures()["lantoa_upload_bytes_total"]) }
	phone := y.phone(network.url(), syncproto.RoleVolunteer, "Lan", func(c *mobilesdk.Config) { c.Stall = chaosStall })
	size := *chaosSize << 20
	_, blob := phone.recording(seed, size)
	phone.sync()

	began := time.Now()
	network.arm(seed, float64(size)/float64(*chaosCuts), ways...)
	phone.carry(10 * time.Minute)
	network.arm(0, 0)
	got, took := network.tally(), time.Since(began)
	y.kept(time.Minute, blob)

	figures := y.figures()
	if n := int64(figures["lantoa_upload_bytes_total"]); n != size {
		t.Errorf("took %d bytes of a file of %d", n, size)
	}
	again := got.taken - size
	t.Logf("seed %d: %d cuts %v, %.4f times the bytes (%d again, %d lost in resets), %d taken over, %s",
		seed, got.all, got.cuts, float64(got.taken)/float64(size), again, got.lost,
		int64(figures["lantoa_upload_takeovers_total"]), took.Round(time.Millisecond))
	if int64(got.all) < *chaosCuts/2 {
		t.Errorf("%d cuts are too few to show anything", got.all)
	}
	// Each cut costs a question and a new request at most, or two where the question is cut.
	if allowed := got.lost + int64(3*got.all+3)*headOf; again > allowed {
		t.Errorf("%d bytes travelled again, at most %d had to", again, allowed)
	}
	y.noFaults()
	y.nothingLeft()
	var blobs storage.Blobs
	if s3 == nil {
		blobs = y.directory()
	} else {
		blobs = s3.blobs()
		if n := s3.unfinished(); n > 0 {
			t.Errorf("%d uploads in parts are left", n)
		}
	}
	wantBlob(t, blobs, blob, size)
	y.stop()
}
