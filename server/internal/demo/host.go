package demo

import (
	"context"

	"lantoa/storage"
	"lantoa/syncproto"
)

// Server is a running server, as the demo needs it.
type Server interface {
	URL() string
	Store() storage.Store
	// AddUnit creates a unit below a parent ("" for the root that the server made itself, renamed).
	AddUnit(ctx context.Context, name, level string, parent syncproto.ID) (syncproto.ID, error)
	// Invite makes an enrollment code.
	Invite(ctx context.Context, unit syncproto.ID, role syncproto.Role, name string) (string, error)
	// StaffLink makes the one-time link by which somebody sets an account up; "" for the first operator.
	StaffLink(ctx context.Context, person syncproto.ID) (string, error)
	// Blobs are the files that the server keeps.
	Blobs() storage.Blobs
	// Stop finishes what was accepted and closes the server.
	Stop(ctx context.Context) error
}

// Ring is where a server finds the push service of the demo, and how fast it may ring.
type Ring struct {
	Credentials string // the file of a service account
	Roots       string // the file with the service's certificate
	Endpoint    string
	Rate        float64 // messages a second
}

// Child is a server in a process of its own. Kill is SIGKILL and does not wait; Wait does, and returns nil for one that was
// killed.
type Child interface {
	Kill() error
	Wait() error
}

// Host starts servers and handles their backups. The program that wires the product provides it, so that the demo
// drives exactly what an operator drives.
type Host struct {
	// Start starts one in this process, Spawn in one of its own, at the address where the last one was. ring is nil for a
	// server that rings nobody.
	Start   func(ctx context.Context, dataDir string, ring *Ring) (Server, error)
	Spawn   func(ctx context.Context, dataDir string, ring *Ring) (Child, error)
	Backup  func(ctx context.Context, s Server, path string) error
	Restore func(ctx context.Context, dataDir, backup string) error
}
