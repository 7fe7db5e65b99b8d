package mobilesdk

import (
	"context"
	"time"
)

// AwaitCopies waits until no copies are being made, however busy the machine is. A round waits for two seconds only.
func (e *Engine) AwaitCopies(ctx context.Context) { e.copier.wait(ctx, time.Hour) }
