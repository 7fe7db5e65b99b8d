package walk_test

import (
	"flag"
	"testing"

	"lantoa/server/internal/console/rig"
)

// matrix shows every screen in every state; without it each screen is shown in some of them, in turn.
var matrix = flag.Bool("matrix", false, "every screen in every language, size and look, before a release")

func TestMain(m *testing.M) { rig.Main(m) }
