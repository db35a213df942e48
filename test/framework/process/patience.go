package process

import "time"

// Patience is how long tests wait for what has no bound of its own: late is not never,
// and a machine may be as busy as it likes. What is promised in time is measured besides.
const Patience = 2 * time.Minute
