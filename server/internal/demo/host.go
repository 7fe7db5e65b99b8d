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

// Host starts servers and handles their backups. The program that wires the product provides it, so that the demo
// drives exactly what an operator drives.
type Host struct {
	Start   func(ctx context.Context, dataDir string) (Server, error)
	Backup  func(ctx context.Context, s Server, path string) error
	Restore func(ctx context.Context, dataDir, backup string) error
}
