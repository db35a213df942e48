package endpointslice

import (
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
)

func TestPlanUpdatesHealthInPlace(t *testing.T) {
	tests := []struct {
		name   string
		change func(*Endpoint)
	}{
		{"a host fails", func(e *Endpoint) { e.Ready, e.Serving = false, false }},
		{"a host is drained", func(e *Endpoint) { e.Ready, e.Terminating = false, true }},
		{"a host gets a hostname", func(e *Endpoint) { e.Hostname = "db-7" }},
		{"a host gets a zone", func(e *Endpoint) { e.Zone = "eu-west-1b" }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			before := hosts(0, 250, pg)
			s := settled(t, before)
			home := s.holder(v4(120))
			after := with(before, 120, before[120])
			tt.change(&after[120])
			for _, desired := range [][]Endpoint{after, before} {
				writes := s.reconcile(t, owner(), desired)
				wantWrites(t, writes, summary{Updates: 1})
				if writes[0].Slice.Name != home || s.holder(v4(120)) != home {
					t.Errorf("wrote %s, the host was in %s and is in %s", writes[0].Slice.Name, home, s.holder(v4(120)))
				}
				wantWrites(t, s.reconcile(t, owner(), desired), summary{})
			}
		})
	}
}

func TestPlanTriggerTimeAnnotation(t *testing.T) {
	at := func(e Endpoint, trigger time.Time) Endpoint { e.Trigger = trigger; return e }
	withheld := at(down(v4(1), pg), tenOClock)
	withheld.Omit = true
	before := hosts(0, 3, pg)
	tests := []struct {
		name  string
		after []Endpoint
		want  string
	}{
		{"tells when the deciding run began", with(before, 1, at(down(v4(1), pg), tenOClock)), "2026-11-21T10:00:00.123456789Z"},
		{"is in UTC", with(before, 1, at(down(v4(1), pg), tenOClock.In(time.FixedZone("", 7200)))), "2026-11-21T10:00:00.123456789Z"},
		{"tells of the first of several changes",
			with(with(before, 1, at(down(v4(1), pg), tenOClock.Add(time.Second))), 2, at(down(v4(2), pg), tenOClock)), "2026-11-21T10:00:00.123456789Z"},
		{"ignores endpoints that do not change",
			with(with(before, 1, at(up(v4(1), pg), tenOClock.Add(-time.Hour))), 2, at(down(v4(2), pg), tenOClock)), "2026-11-21T10:00:00.123456789Z"},
		{"tells of a host that is taken out altogether", with(before, 1, withheld), "2026-11-21T10:00:00.123456789Z"},
		{"tells of a new host that passed", append(hosts(0, 3, pg), at(up(v4(9), pg), tenOClock)), "2026-11-21T10:00:00.123456789Z"},
		{"goes when the user caused the change", with(before, 1, down(v4(1), pg)), ""},
		{"goes when the user removed the host", before[:2], ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := settled(t, before)
			// What an earlier change left behind.
			s.only(t).Annotations = map[string]string{corev1.EndpointsLastChangeTriggerTime: "2020-01-01T00:00:00Z", "theirs": "kept"}
			wantWrites(t, s.reconcile(t, owner(), tt.after), summary{Updates: 1})
			if got := s.only(t).Annotations[corev1.EndpointsLastChangeTriggerTime]; got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			if s.only(t).Annotations["theirs"] != "kept" {
				t.Error("another's annotation is gone")
			}
		})
	}
}

func TestPlanMetadataWriteHasNoTriggerTime(t *testing.T) {
	desired := hosts(0, 3, pg)
	for i := range desired {
		desired[i].Trigger = tenOClock
	}
	s := settled(t, desired)
	delete(s.only(t).Labels, "endpointslice.kubernetes.io/managed-by")
	wantWrites(t, s.reconcile(t, owner(), desired), summary{Updates: 1})
	if got, there := s.only(t).Annotations[corev1.EndpointsLastChangeTriggerTime]; there {
		t.Errorf("got %q", got)
	}
}

func TestPlanIgnoresTriggerTimeOnly(t *testing.T) {
	desired := hosts(0, 3, pg)
	s := settled(t, desired)
	later := with(desired, 0, desired[0])
	later[0].Trigger = tenOClock
	wantWrites(t, s.reconcile(t, owner(), later), summary{})
}
