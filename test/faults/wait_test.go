package faults

import "time"

// quiet is how long a world must stay as it should be, without a write.
const quiet = time.Second
