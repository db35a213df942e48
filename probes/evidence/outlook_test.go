package evidence_test

import (
	"testing"

	"github.com/external-endpoints/operator/probes/evidence"
)

func TestIsolationNeedsNearlyAllHealthyHostsToFail(t *testing.T) {
	tests := []struct {
		name               string
		outlook            evidence.Outlook
		isolated, doubtful bool
	}{
		{"nothing is watched", evidence.Outlook{Apart: true}, false, false},
		{"nothing fails", evidence.Outlook{Counted: 10}, false, false},
		{"all of three", evidence.Outlook{Counted: 3, Unreachable: 3, Apart: true}, true, true},
		{"all of two", evidence.Outlook{Counted: 2, Unreachable: 2, Apart: true}, false, false},
		{"all of one service", evidence.Outlook{Counted: 10, Unreachable: 10}, false, false},
		{"nine of ten", evidence.Outlook{Counted: 10, Unreachable: 9, Apart: true}, true, true},
		{"eight of nine", evidence.Outlook{Counted: 9, Unreachable: 8, Apart: true}, false, true},
		{"899 of 1000", evidence.Outlook{Counted: 1000, Unreachable: 899, Apart: true}, false, true},
		{"half of ten", evidence.Outlook{Counted: 10, Unreachable: 5, Apart: true}, false, true},
		{"four of ten", evidence.Outlook{Counted: 10, Unreachable: 4, Apart: true}, false, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.outlook.Isolated(); got != tt.isolated {
				t.Errorf("isolated %t, want %t", got, tt.isolated)
			}
			if got := tt.outlook.Suspicious(); got != tt.doubtful {
				t.Errorf("doubtful %t, want %t", got, tt.doubtful)
			}
		})
	}
}
