package app

// heapSlack is how much garbage may gather beyond what the collector would allow a heap as small as a server's. The
// heap of a busy server is a few MiB, and doubling that took a collection for every hundred requests.
const heapSlack = 4 << 20

// slackenHeap takes heapSlack bytes that nobody ever touches: they count for the collector, which lets the heap double,
// and never become memory of the machine. A higher percentage would do the same for a small heap, but would multiply
// the large one of 10,000 live phones, too. The caller keeps what it gets alive.
func slackenHeap() []byte { return make([]byte, heapSlack) }
