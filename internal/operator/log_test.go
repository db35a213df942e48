package operator

import (
	"testing"

	"github.com/go-logr/logr"
)

// enabled says from which level on a logger writes. Verbosity counts downwards
// from info; an error is always written.
func enabled(logger logr.Logger) (level string) {
	switch {
	case logger.V(4).Enabled():
		return "debug"
	case logger.Enabled():
		return "info"
	default:
		return "less"
	}
}

func TestLogLevelFilters(t *testing.T) {
	for level, want := range map[string]string{"debug": "debug", "info": "info", "warn": "less", "error": "less"} {
		for _, format := range []string{LogJSON, LogText} {
			if got := enabled(newLogger(Options{LogLevel: level, LogFormat: format})); got != want {
				t.Errorf("%s, %s: got %s, want %s", level, format, got, want)
			}
		}
	}
}

func TestVersionIsStamped(t *testing.T) {
	if version() == "" {
		t.Error("it is empty")
	}
	stamped = "v1.2.3"
	defer func() { stamped = "" }()
	if version() != "v1.2.3" {
		t.Errorf("stamped as v1.2.3 it says %q", version())
	}
}

func TestFlagsHostMetrics(t *testing.T) {
	if hostSeries(Options{MetricsDetail: DetailResource}) != 0 || hostSeries(Options{MetricsDetail: DetailEndpoint}) == 0 {
		t.Error("they follow another rule")
	}
}
