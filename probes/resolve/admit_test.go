package resolve_test

import (
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/external-endpoints/operator/probes/resolve"
)

func TestNoMoreThanTheMaximumIsKept(t *testing.T) {
	tests := []struct {
		name      string
		replies   []resolve.Reply
		want      []string
		truncated bool
	}{
		{"as many as may be", []resolve.Reply{says(1, 2, 3, 4)}, []string{"198.18.0.1", "198.18.0.2", "198.18.0.3", "198.18.0.4"}, false},
		{"one too many", []resolve.Reply{says(5, 4, 3, 2, 1)}, []string{"198.18.0.1", "198.18.0.2", "198.18.0.3", "198.18.0.4"}, true},
		{"those in use are kept first", []resolve.Reply{says(6, 7), says(1, 2, 3, 6, 7)},
			[]string{"198.18.0.1", "198.18.0.2", "198.18.0.6", "198.18.0.7"}, true},
		{"absent ones are not pushed out", []resolve.Reply{says(1, 2, 3, 4), says(5, 6)},
			[]string{"198.18.0.1~", "198.18.0.2~", "198.18.0.3~", "198.18.0.4~"}, true},
		{"those that are gone give their room, and stay until the caller drops them", []resolve.Reply{says(1, 2, 3, 4), says(3, 4), says(3, 4), says(3, 4), says(3, 4), says(3, 4, 5)},
			[]string{"198.18.0.1!", "198.18.0.2~", "198.18.0.3", "198.18.0.4", "198.18.0.5"}, false},
		{"but not the one that comes back", []resolve.Reply{says(1, 2, 3, 4), says(3, 4), says(3, 4), says(3, 4), says(3, 4), says(1, 3, 4, 5, 6)},
			[]string{"198.18.0.1", "198.18.0.2!", "198.18.0.3", "198.18.0.4", "198.18.0.5"}, true},
		{"one that gave its room and comes back is kept beyond the maximum",
			[]resolve.Reply{says(1, 2, 3, 4), says(3, 4), says(3, 4), says(3, 4), says(3, 4), says(3, 4, 5), says(1, 3, 4, 5)},
			[]string{"198.18.0.1", "198.18.0.2~", "198.18.0.3", "198.18.0.4", "198.18.0.5"}, true},
		{"an answer that fits again", []resolve.Reply{says(1, 2, 3, 4, 5), says(1, 2, 3, 4), says(1, 2, 3, 4), says(1, 2, 3, 4), says(1, 2, 3, 4)},
			[]string{"198.18.0.1", "198.18.0.2", "198.18.0.3", "198.18.0.4"}, false},
		{"one that fits only this time", []resolve.Reply{says(1, 2, 3, 4, 5), says(1, 2, 3, 4)},
			[]string{"198.18.0.1", "198.18.0.2", "198.18.0.3", "198.18.0.4"}, true},
		{"a failure says nothing about it", []resolve.Reply{says(1, 2, 3, 4, 5), fails(resolve.Timeout)},
			[]string{"198.18.0.1?", "198.18.0.2?", "198.18.0.3?", "198.18.0.4?"}, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := newName(asking()).each(tt.replies...)
			if diff := cmp.Diff(tt.want, shown(got)); diff != "" {
				t.Errorf("records (-want +got):\n%s", diff)
			}
			if got.Truncated != tt.truncated {
				t.Errorf("truncated: %t, want %t", got.Truncated, tt.truncated)
			}
		})
	}
}

func TestWithMoreRoomNothingIsLeftOut(t *testing.T) {
	n := newName(asking())
	n.each(says(1, 2, 3, 4, 5))
	n.question.MaxAddresses = 10
	n.state = n.state.Adopt(n.question)
	if got := n.each(says(1, 2, 3, 4, 5)); got.Truncated || len(got.Records) != 5 {
		t.Errorf("%s, truncated: %t", shown(got), got.Truncated)
	}
}

func TestTheMostPreferredOfTooManyAreKept(t *testing.T) {
	r := says()
	for n := range 8 {
		r.Records = append(r.Records, resolve.Record{Address: ip(n), Port: 5432, Priority: uint16(100 - n)})
	}
	got := newName(asking()).each(r)
	if diff := cmp.Diff([]string{"198.18.0.7", "198.18.0.6", "198.18.0.5", "198.18.0.4"}, shown(got)); diff != "" {
		t.Errorf("records (-want +got):\n%s", diff)
	}
}

func TestDeniedAddressesAreShownAndTakeNoRoom(t *testing.T) {
	n := newName(asking())
	n.policy = denying(ip(1), ip(2))
	got := n.each(says(1, 2, 3, 4, 5, 6, 7))
	if diff := cmp.Diff([]string{"198.18.0.1x", "198.18.0.2x", "198.18.0.3", "198.18.0.4", "198.18.0.5", "198.18.0.6"}, shown(got)); diff != "" {
		t.Errorf("two of seven denied (-want +got):\n%s", diff)
	}

	n.policy = denying(ip(2), ip(3))
	if diff := cmp.Diff([]string{"198.18.0.1x", "198.18.0.2x", "198.18.0.3x", "198.18.0.4", "198.18.0.5", "198.18.0.6"}, shown(n.state.Answer(n.policy))); diff != "" {
		t.Errorf("at once under another policy (-want +got):\n%s", diff)
	}
	got = n.each(says(1, 2, 3, 4, 5, 6, 7))
	if diff := cmp.Diff([]string{"198.18.0.1", "198.18.0.2x", "198.18.0.3x", "198.18.0.4", "198.18.0.5", "198.18.0.6"}, shown(got)); diff != "" {
		t.Errorf("after the next lookup (-want +got):\n%s", diff)
	}
	got = n.each(says(4, 5))
	if diff := cmp.Diff([]string{"198.18.0.1~", "198.18.0.4", "198.18.0.5", "198.18.0.6~"}, shown(got)); diff != "" {
		t.Errorf("nobody depends on what is absent and denied (-want +got):\n%s", diff)
	}
}

func TestAnAddressThatIsAllowedAgainWaitsForRoom(t *testing.T) {
	n := newName(asking())
	n.policy = denying(ip(1))
	n.each(says(1, 2, 3, 4, 5))
	n.policy = nil
	if diff := cmp.Diff([]string{"198.18.0.1x", "198.18.0.2", "198.18.0.3", "198.18.0.4", "198.18.0.5"}, shown(n.state.Answer(nil))); diff != "" {
		t.Errorf("until the next lookup (-want +got):\n%s", diff)
	}
	got := n.each(says(1, 2, 3, 4, 5))
	if diff := cmp.Diff([]string{"198.18.0.2", "198.18.0.3", "198.18.0.4", "198.18.0.5"}, shown(got)); diff != "" || !got.Truncated {
		t.Errorf("after it (-want +got):\n%s\ntruncated: %t", diff, got.Truncated)
	}
}

func TestAFloodOfDeniedAddressesIsBounded(t *testing.T) {
	n := newName(asking())
	n.policy = func(address netip.Addr) error { return denying(address)(address) }
	var all []int
	for i := range 5000 {
		all = append(all, i)
	}
	if got := n.each(says(all...)); len(got.Records) != n.question.MaxAddresses || got.Truncated {
		t.Errorf("%d denied records are shown, truncated %t", len(got.Records), got.Truncated)
	}
}

func TestAnIPv4AddressInIPv6FormIsDenied(t *testing.T) {
	dual := asking()
	dual.Families = bothOf
	r := says6()
	r.Records = []resolve.Record{{Address: netip.MustParseAddr("::ffff:198.18.0.1")}}
	got := newName(dual).hear([]resolve.Reply{says(1), r})
	if diff := cmp.Diff([]string{"198.18.0.1", "::ffff:198.18.0.1x"}, shown(got)); diff != "" {
		t.Errorf("records (-want +got):\n%s", diff)
	}
}
