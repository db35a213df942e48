package operator

import (
	"log/slog"
	"os"
	"runtime/debug"

	"github.com/go-logr/logr"
)

// newLogger writes to standard error, as the options say.
func newLogger(o Options) logr.Logger {
	options := &slog.HandlerOptions{Level: levels[o.LogLevel]}
	if o.LogFormat == LogText {
		return logr.FromSlogHandler(slog.NewTextHandler(os.Stderr, options))
	}
	return logr.FromSlogHandler(slog.NewJSONHandler(os.Stderr, options))
}

var levels = map[string]slog.Level{
	"debug": slog.LevelDebug, "info": slog.LevelInfo, "warn": slog.LevelWarn, "error": slog.LevelError,
}

// stamped is the version that the Makefile gives the binary; see STAMP there.
var stamped string

// version is what the binary was stamped with, else the module version or commit
// that it was built from.
func version() string {
	if stamped != "" {
		return stamped
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	for _, setting := range info.Settings {
		if setting.Key == "vcs.revision" {
			return setting.Value
		}
	}
	return info.Main.Version
}
