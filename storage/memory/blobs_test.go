package memory_test

import (
	"testing"

	"lantoa/storage"
	"lantoa/storage/memory"
	"lantoa/storage/storagetest"
)

func TestBlobs(t *testing.T) {
	storagetest.TestBlobs(t, func(*testing.T) storage.Blobs { return memory.NewBlobs() })
}
