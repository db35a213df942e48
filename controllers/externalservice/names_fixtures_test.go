package externalservice

import (
	"net/netip"
	"slices"
	"time"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/controllers/internal/hosts"
	"github.com/external-endpoints/operator/probes/engine"
	"github.com/external-endpoints/operator/probes/resolve"
)

const (
	dbName  = "db.example.com"
	webName = "web.example.com"
	srvName = "_pg._tcp.example.com"
)

// named are active hosts by name.
func named(list ...string) []v1alpha1.Host {
	var hosts []v1alpha1.Host
	for _, name := range list {
		hosts = append(hosts, v1alpha1.Host{Address: name, State: v1alpha1.HostActive})
	}
	return hosts
}

// lookups answers what a test says, by the rules of the real resolver, and asks
// only when the test says so.
type lookups struct {
	policy    func(netip.Addr) error
	questions map[engine.Key]map[string]resolve.Question
	states    map[engine.Key]map[string]resolve.State
	dropped   []resolve.Record
}

func newLookups() *lookups {
	return &lookups{
		policy:    anybody,
		questions: map[engine.Key]map[string]resolve.Question{}, states: map[engine.Key]map[string]resolve.State{},
	}
}

func (l *lookups) Apply(key engine.Key, questions []resolve.Question) {
	before, asked, states := l.states[key], map[string]resolve.Question{}, map[string]resolve.State{}
	for _, q := range questions {
		state, known := before[q.Name]
		if !known {
			state = resolve.Remember(q)
		} else if !slices.Equal(l.questions[key][q.Name].Families, q.Families) {
			state = state.Adopt(q)
		}
		asked[q.Name], states[q.Name] = q, state
	}
	l.questions[key], l.states[key] = asked, states
}

func (l *lookups) Forget(key engine.Key) { l.Apply(key, nil) }

func (l *lookups) Answers(key engine.Key) map[string]resolve.Answer {
	answers := map[string]resolve.Answer{}
	for name, state := range l.states[key] {
		answers[name] = state.Answer(l.policy)
	}
	return answers
}

func (l *lookups) Drop(key engine.Key, name string, records []resolve.Record) {
	l.states[key][name] = l.states[key][name].DropRecords(records)
	l.dropped = append(l.dropped, records...)
}

// hear is one round of lookups of a name of the object, at a time.
func (l *lookups) hear(name string, now time.Time, replies ...resolve.Reply) {
	key := engine.Key(orders)
	l.states[key][name] = l.states[key][name].Next(l.questions[key][name], replies, l.policy, now)
}

// says is a good answer with these hosts.
func says(numbers ...int) resolve.Reply {
	r := resolve.Reply{Family: resolve.IPv4, Result: resolve.Good}
	for _, n := range numbers {
		r.Records = append(r.Records, resolve.Record{Address: address(n)})
	}
	return r
}

func fails(result resolve.Result) resolve.Reply {
	return resolve.Reply{Family: resolve.IPv4, Result: result}
}

// meaning are names that mean these records, as a good answer listed them.
func meaning(answers map[string][]resolve.Record) hosts.Names {
	n := hosts.Names{Answers: map[string]resolve.Answer{}}
	for name, records := range answers {
		var a resolve.Answer
		for _, r := range records {
			a.Records = append(a.Records, resolve.TrackedRecord{Record: r})
		}
		n.Answers[name] = a
	}
	return n
}

// hostsAt are records of these hosts.
func hostsAt(numbers ...int) []resolve.Record { return says(numbers...).Records }

// on is the n-th host behind an SRV record with that port.
func on(n int, port uint16) engine.MemberID {
	return engine.MemberID{Address: address(n), Port: "pg", Instance: port}
}

// kept changes the records of an answer.
func kept(n hosts.Names, name string, change func(*resolve.TrackedRecord)) hosts.Names {
	a := n.Answers[name]
	a.Records = slices.Clone(a.Records)
	for i := range a.Records {
		change(&a.Records[i])
	}
	n.Answers[name] = a
	return n
}
