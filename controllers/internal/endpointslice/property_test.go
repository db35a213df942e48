package endpointslice

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"pgregory.net/rapid"
)

// portLists are the port lists that the generated hosts have.
var portLists = [][]Port{{pg}, {pgMoved}, {pg, metrics}, {metrics}}

// spec is a generated desired state: what is said of each host, by its number.
type spec map[int]Endpoint

// drawSpec changes a spec the way users and hosts do: a few at a time or a whole range.
func drawSpec(t *rapid.T, old spec) spec {
	next := maps.Clone(old)
	for range rapid.IntRange(1, 3).Draw(t, "edits") {
		first := rapid.IntRange(0, 259).Draw(t, "first")
		count := rapid.SampledFrom([]int{1, 1, 2, 20, 120, 260}).Draw(t, "count")
		kind := rapid.SampledFrom([]string{"set", "set", "remove", "fail", "recover", "drain", "ports", "zone"}).Draw(t, "kind")
		zones := rapid.SampledFrom([]int{0, 1, 3, 12}).Draw(t, "zones")
		ports := rapid.SampledFrom(portLists).Draw(t, "ports")
		for n := first; n < min(first+count, 260); n++ {
			e, present := next[n]
			switch {
			case kind == "set":
				next[n] = up(hostAddress(n), ports...)
			case !present:
			case kind == "remove":
				delete(next, n)
			case kind == "fail":
				e.Ready, e.Serving, e.Terminating = false, false, false
				next[n] = e
			case kind == "recover":
				e.Ready, e.Serving, e.Terminating = true, true, false
				next[n] = e
			case kind == "drain":
				e.Ready, e.Serving, e.Terminating = false, true, true
				next[n] = e
			case kind == "ports":
				e.Ports = ports
				next[n] = e
			case kind == "zone":
				e.Zone = zoneOf(n, zones)
				next[n] = e
			}
		}
	}
	return next
}

// hostAddress makes one host in thirteen an IPv6 one.
func hostAddress(n int) netip.Addr {
	if n%13 == 0 {
		return v6(n)
	}
	return v4(n)
}

// zoneOf spreads hosts over so many zones; one in seven is in none.
func zoneOf(n, zones int) string {
	if zones == 0 || n%7 == 0 {
		return ""
	}
	return fmt.Sprintf("zone-%02d", n%zones)
}

// list returns the endpoints in a random order. Every fifth host with both ports
// is given as two endpoints, one for each.
func (s spec) list(t *rapid.T) []Endpoint {
	var list []Endpoint
	for n := range 260 {
		e, present := s[n]
		if !present {
			continue
		}
		if n%5 == 0 && len(e.Ports) == 2 {
			one, two := e, e
			one.Ports, two.Ports = e.Ports[:1], e.Ports[1:]
			list = append(list, one, two)
			continue
		}
		list = append(list, e)
	}
	return rapid.Permutation(list).Draw(t, "order")
}

// saying is what is said of an endpoint: its state, its zone, and its hints in a line.
type saying struct {
	State
	Zone, Hints string
}

// said returns what slices or endpoints say, in one form for both.
func said(list []Endpoint, hinted bool) map[string]saying {
	all, zones := map[string]saying{}, zonesIn(list)
	for i := range list {
		e := &list[i]
		said := saying{State: e.state(), Zone: e.Zone}
		switch {
		case !hinted:
		case e.Zone != "":
			said.Hints = e.Zone
		default:
			said.Hints = strings.Join(zones[:min(len(zones), 8)], " ")
		}
		all[fmt.Sprintf("%s%s", e.Address, sortedPorts(e.Ports).appendKey(nil))] = said
	}
	return all
}

// zonesIn returns the zones that hosts are in, sorted.
func zonesIn(list []Endpoint) []string {
	zones := map[string]bool{}
	for _, e := range list {
		if e.Zone != "" {
			zones[e.Zone] = true
		}
	}
	return sortedKeys(zones)
}

// ownerOf is the owner of a Service that prefers near endpoints, or of one that does not.
func ownerOf(list []Endpoint, hinted bool) Owner {
	o := owner()
	if hinted {
		o.Hints = HintsFor(zonesIn(list))
	}
	return o
}

// said also checks what must hold of every slice at any time.
func (s *store) said(t fataler) map[string]saying {
	all, hinted, ready := map[string]saying{}, 0, 0
	for _, slice := range s.slices {
		if n := len(slice.Endpoints); n == 0 || n > MaxEndpoints {
			t.Fatalf("%s holds %d endpoints", slice.Name, n)
		}
		ports, ok := portsOf(slice)
		if !ok {
			t.Fatalf("%s has incomplete ports", slice.Name)
		}
		for i := range slice.Endpoints {
			e := &slice.Endpoints[i]
			if !complete(e.Conditions) {
				t.Fatalf("%s has nil conditions", slice.Name)
			}
			if i > 0 && addressOf(&slice.Endpoints[i-1]).Compare(addressOf(e)) >= 0 {
				t.Fatalf("%s is not sorted", slice.Name)
			}
			key := fmt.Sprintf("%s%s", addressOf(e), ports.appendKey(nil))
			if _, twice := all[key]; twice {
				t.Fatalf("%s is listed twice", key)
			}
			said := saying{State: stateOf(e.Conditions), Zone: text(e.Zone)}
			if e.Hints != nil {
				said.Hints = namedIn(e.Hints)
			}
			all[key] = said
			if said.Ready {
				ready++
			}
			if said.Ready && said.Hints != "" {
				hinted++
			}
		}
	}
	if hinted > 0 && hinted < ready {
		t.Fatalf("%d of %d ready endpoints have hints: kube-proxy ignores them all", hinted, ready)
	}
	return all
}

func namedIn(hints *discoveryv1.EndpointHints) string {
	var names []string
	for _, zone := range hints.ForZones {
		names = append(names, zone.Name)
	}
	return strings.Join(names, " ")
}

// homes returns the slice of each endpoint.
func (s *store) homes() map[string]string {
	homes := map[string]string{}
	for _, slice := range s.slices {
		ports, _ := portsOf(slice)
		for i := range slice.Endpoints {
			homes[fmt.Sprintf("%s%s", addressOf(&slice.Endpoints[i]), ports.appendKey(nil))] = slice.Name
		}
	}
	return homes
}

// copies returns deep copies by name, to find out later whether anything changed.
func copies(list []*discoveryv1.EndpointSlice) map[string]*discoveryv1.EndpointSlice {
	all := map[string]*discoveryv1.EndpointSlice{}
	for _, slice := range list {
		all[slice.Name] = slice.DeepCopy()
	}
	return all
}

func byName(list []*discoveryv1.EndpointSlice) map[string]*discoveryv1.EndpointSlice {
	all := map[string]*discoveryv1.EndpointSlice{}
	for _, slice := range list {
		all[slice.Name] = slice
	}
	return all
}

func sequences(t *rapid.T) {
	s, state, wasHinted := newStore(), spec{}, false
	var before []Endpoint
	for range rapid.IntRange(1, 8).Draw(t, "steps") {
		next := drawSpec(t, state)
		desired := next.list(t)
		cached := s.list()
		untouched, homes := copies(cached), s.homes()

		hinted := rapid.Bool().Draw(t, "hinted")
		owner := ownerOf(desired, hinted)
		writes := Plan(owner, cached, desired)
		if diff := cmp.Diff(untouched, byName(cached)); diff != "" {
			t.Fatalf("the cached slices were changed:\n%s", diff)
		}
		s.wantNoGap(t, writes, before, desired)
		if diff := cmp.Diff(said(desired, hinted), s.said(t)); diff != "" {
			t.Fatalf("the slices say something else (-want +got):\n%s", diff)
		}
		for key, home := range s.homes() {
			if old, there := homes[key]; there && old != home {
				t.Fatalf("%s moved from %s to %s", key, old, home)
			}
		}
		if again := Plan(owner, s.list(), desired); len(again) > 0 {
			t.Fatalf("a second plan has %d writes", len(again))
		}
		wantFewWrites(t, summarize(writes), homes, said(before, wasHinted), said(desired, hinted))
		state, before, wasHinted = next, desired, hinted
	}
}

// wantFewWrites compares with what no algorithm can do without: a write for each
// slice whose endpoints change, and one for each [MaxEndpoints] that are added.
func wantFewWrites(t *rapid.T, got summary, homes map[string]string, before, after map[string]saying) {
	touched, added := map[string]bool{}, 0
	for key, home := range homes {
		if state, stays := after[key]; !stays || state != before[key] {
			touched[home] = true
		}
	}
	perGroup := map[string]int{}
	for key := range after {
		if _, there := homes[key]; !there {
			perGroup[familyAndPorts(key)]++
		}
	}
	for _, n := range perGroup {
		added += (n + MaxEndpoints - 1) / MaxEndpoints
	}
	if total := got.Creates + got.Updates + got.Deletes; total > len(touched)+added {
		t.Fatalf("%+v for %d touched slices and room for %d more", got, len(touched), added)
	}
}

func familyAndPorts(key string) string {
	for i := range key {
		if key[i] == ',' {
			return string(familyOf(netip.MustParseAddr(key[:i]))) + key[i:]
		}
	}
	return key
}

func TestPlanConvergesForAnySequence(t *testing.T) { rapid.Check(t, sequences) }

// damages are what crashes and other people can do to the slices of a Service.
var damages = map[string]func(*rapid.T, *store, *discoveryv1.EndpointSlice){
	"lost": func(_ *rapid.T, s *store, slice *discoveryv1.EndpointSlice) { delete(s.slices, slice.Name) },
	"leaving": func(_ *rapid.T, _ *store, slice *discoveryv1.EndpointSlice) {
		slice.DeletionTimestamp = &metav1.Time{Time: tenOClock}
	},
	"unlabelled": func(_ *rapid.T, _ *store, slice *discoveryv1.EndpointSlice) { slice.Labels = nil },
	"unowned":    func(_ *rapid.T, _ *store, slice *discoveryv1.EndpointSlice) { slice.OwnerReferences = nil },
	"emptied":    func(_ *rapid.T, _ *store, slice *discoveryv1.EndpointSlice) { slice.Endpoints = nil },
	"halved": func(_ *rapid.T, _ *store, slice *discoveryv1.EndpointSlice) {
		slice.Endpoints = slice.Endpoints[len(slice.Endpoints)/2:]
	},
	"unconditioned": func(_ *rapid.T, _ *store, slice *discoveryv1.EndpointSlice) {
		for i := range slice.Endpoints {
			slice.Endpoints[i].Conditions = discoveryv1.EndpointConditions{}
		}
	},
	"repeated": func(_ *rapid.T, _ *store, slice *discoveryv1.EndpointSlice) {
		slice.Endpoints = append(slice.Endpoints, slice.Endpoints...)
	},
	"garbled": func(t *rapid.T, _ *store, slice *discoveryv1.EndpointSlice) {
		text := rapid.SampledFrom([]string{"", "x", "2001:DB8::1", "::ffff:198.18.0.7", "198.18.0.7"}).Draw(t, "text")
		for i := range slice.Endpoints {
			if i%3 == 0 {
				slice.Endpoints[i].Addresses = []string{text}
			}
		}
	},
	"re-ported": func(t *rapid.T, _ *store, slice *discoveryv1.EndpointSlice) {
		slice.Ports = portList(rapid.SampledFrom(portLists).Draw(t, "ports")).inSlice()
	},
	"hinted": func(_ *rapid.T, _ *store, slice *discoveryv1.EndpointSlice) {
		for i := range slice.Endpoints {
			slice.Endpoints[i].Hints = &discoveryv1.EndpointHints{ForNodes: []discoveryv1.ForNode{{Name: "node-1"}}}
		}
	},
	"portless": func(_ *rapid.T, _ *store, slice *discoveryv1.EndpointSlice) { slice.Ports = nil },
	"copied": func(_ *rapid.T, s *store, slice *discoveryv1.EndpointSlice) {
		twin := slice.DeepCopy()
		twin.Name += "-copy"
		s.slices[twin.Name] = twin
	},
}

// repairs: whatever the slices look like, one plan sets them right.
func repairs(t *rapid.T) {
	s := newStore()
	state := drawSpec(t, spec{})
	s.reconcile(t, owner(), state.list(t))
	for range rapid.IntRange(0, 4).Draw(t, "damages") {
		names := sortedNames(s)
		if len(names) == 0 {
			break
		}
		slice := s.slices[rapid.SampledFrom(names).Draw(t, "slice")].DeepCopy()
		s.slices[slice.Name] = slice
		kinds := sortedKeys(damages)
		damages[rapid.SampledFrom(kinds).Draw(t, "damage")](t, s, slice)
	}
	foreign := dropForeign(s)
	desired, hinted := drawSpec(t, state).list(t), rapid.Bool().Draw(t, "hinted")
	owner := ownerOf(desired, hinted)
	s.reconcile(t, owner, desired)
	for name, slice := range foreign {
		if diff := cmp.Diff(slice, s.slices[name]); diff != "" {
			t.Fatalf("%s is not ours and was changed:\n%s", name, diff)
		}
		delete(s.slices, name)
	}
	if diff := cmp.Diff(said(desired, hinted), s.said(t)); diff != "" {
		t.Fatalf("the slices say something else (-want +got):\n%s", diff)
	}
	if again := Plan(owner, s.list(), desired); len(again) > 0 {
		t.Fatalf("a second plan has %d writes", len(again))
	}
}

// dropForeign returns copies of the slices that a plan must leave alone.
func dropForeign(s *store) map[string]*discoveryv1.EndpointSlice {
	foreign := map[string]*discoveryv1.EndpointSlice{}
	for name, slice := range s.slices {
		if slice.DeletionTimestamp != nil || !Owned(slice, ownerUID) {
			foreign[name] = slice.DeepCopy()
		}
	}
	return foreign
}

func TestPlanRepairsAnyDamageAtOnce(t *testing.T) { rapid.Check(t, repairs) }

// FuzzPlan begins with inputs that are long enough for whole runs: what is drawn after
// the end of an input is the least, and a fuzzer that begins with nothing stays there.
func FuzzPlan(f *testing.F) {
	const runs, enough = 8, 8 << 10
	for seed := range runs {
		input := make([]byte, enough)
		_, _ = rand.NewChaCha8([32]byte{byte(seed)}).Read(input) // never fails
		f.Add(input)
	}
	f.Fuzz(rapid.MakeFuzz(repairs))
}

func sortedNames(s *store) []string { return sortedKeys(s.slices) }

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
