package memory_test

import (
	"testing"

	"lantoa/storage"
	"lantoa/storage/memory"
	"lantoa/storage/storagetest"
)

func TestStore(t *testing.T) {
	storagetest.TestStore(t, func(*testing.T) storage.Store { return memory.New() })
}
