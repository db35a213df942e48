package main

import (
	"fmt"
	"slices"
)

// writeDashboard writes the dashboard as a file that Grafana imports.
func writeDashboard(path string) error {
	content, err := dashboard{
		UID: "external-endpoints", Title: "External Endpoints",
		Description: "Hosts outside the cluster, who of them gets traffic, and the operator that decides it.",
		Tags:        []string{"external-endpoints"}, SchemaVersion: 39, Version: 1, Editable: true, Refresh: "30s",
		Time: timeRange{"now-1h", "now"},
		Templating: templating{[]variable{
			{Name: "datasource", Label: "Data source", Type: "datasource", Query: "prometheus"},
			choice("namespace", "Namespace", `label_values(external_endpoints_condition, namespace)`),
			choice("name", "ExternalService", `label_values(external_endpoints_condition{namespace="$namespace"}, name)`),
		}},
		Panels: arrange(slices.Concat(overview(), operator(), service())),
	}.encode()
	if err != nil {
		return fmt.Errorf("encode the dashboard: %w", err)
	}
	return write(path, content)
}

// choice is a variable that the user picks among what there is.
func choice(name, label, query string) variable {
	const onTimeRange, alphabetical = 2, 1
	return variable{Name: name, Label: label, Type: "query", Query: query, Datasource: prometheus, Refresh: onTimeRange, Sort: alphabetical}
}

// overview is about all ExternalServices. During a leader change two replicas export the same
// series; the maximum counts.
func overview() []panel {
	return []panel{
		row("Overview"),
		stat("ExternalServices", "Those that the operator looks after.",
			`count(max by (namespace, name) (external_endpoints_condition{type="Ready",status="True"}))`, 0),
		stat("Not ready", "ExternalServices whose condition Ready is not True.",
			`sum(max by (namespace, name) (external_endpoints_condition{type="Ready",status="True"}) == bool 0)`, 1),
		stat("Unhealthy hosts", "A host counts once for each ExternalService that has it.",
			`sum(max by (namespace, name) (external_endpoints_hosts{state="Unhealthy"}))`, 1),
		stat("Held by failurePolicy", "ExternalServices with too few healthy hosts, whose failurePolicy says who is published.",
			`sum(max by (namespace, name) (external_endpoints_fail_static))`, 1),
		stat("Prober isolated", "1 while the operator takes its own network for lost.", `max(external_endpoints_prober_isolated)`, 1),
		stat("Copies of the operator", "One checks hosts, the others wait to take over.", `count(external_endpoints_engine_targets)`, 0),
		stacked(graph("Hosts by state", "", "short",
			query{`sum by (state) (max by (namespace, name, state) (external_endpoints_hosts))`, "{{state}}"})),
		table("Not ready", "ExternalServices whose condition Ready is not True.",
			`max by (namespace, name) (external_endpoints_condition{type="Ready",status="True"}) == 0`),
		graph("Checks", "Probes by result. error says nothing about the host: the probe could not be carried out.", "ops",
			query{`sum by (result) (rate(external_endpoints_probes_total[$__rate_interval]))`, "{{result}}"}),
		graph("Failed checks by reason", "", "ops",
			query{`sum by (reason) (rate(external_endpoints_probe_failures_total[$__rate_interval]))`, "{{reason}}"}),
	}
}

// operator is about the operator itself.
func operator() []panel {
	const ours = ` and on (instance, job) external_endpoints_engine_targets`
	return []panel{
		row("Operator"),
		graph("Lateness of probes", "How much later than planned probes start.", "s",
			quantiles("external_endpoints_probe_lateness_seconds", "")...),
		graph("Probes held back", "How long the oldest probe that is due has waited for a limit or for CPU.", "s",
			query{`max by (namespace) (external_endpoints_probe_backlog_seconds)`, "{{namespace}}"}),
		graph("Propagation", "From the probe that decided to the API server's acknowledgement of the slice.", "s",
			quantiles("external_endpoints_propagation_seconds", "")...),
		graph("Writes to the API server", "At rest there are none.", "ops", query{
			`sum by (resource, operation, result) (rate(external_endpoints_api_writes_total[$__rate_interval]))`,
			"{{operation}} {{resource}} {{result}}",
		}),
		graph("Lookups of names", "", "ops",
			query{`sum by (result) (rate(external_endpoints_name_lookups_total[$__rate_interval]))`, "{{result}}"}),
		graph("Targets", "Distinct targets, each an address, a port and a check, and the probes that run at the moment.", "short",
			query{`max(external_endpoints_engine_targets)`, "targets"}, query{`max(external_endpoints_engine_inflight)`, "probes that run"}),
		graph("CPU", "Of each copy, in cores.", "short", query{`rate(process_cpu_seconds_total[$__rate_interval])` + ours, "{{instance}}"}),
		graph("Memory", "Of each copy.", "bytes", query{`process_resident_memory_bytes` + ours, "{{instance}}"}),
		graph("Changes of verdicts", "Hosts that became healthy or unhealthy on a port.", "short",
			query{`sum by (to) (increase(external_endpoints_transitions_total[$__rate_interval]))`, "{{to}}"}),
	}
}

// service is about one ExternalService.
func service() []panel {
	const of = `namespace="$namespace",name="$name"`
	return []panel{
		row("ExternalService $namespace/$name"),
		// Those that are good and always there, and those that are bad and there only while they are True.
		timeline("Conditions", "Degraded and Stalled are shown only while they are True.", "bad", "well",
			query{`max by (type) (external_endpoints_condition{` + of + `,type=~"Accepted|Programmed|Available|Ready",status="True"})`, "{{type}}"},
			query{`max by (type) (external_endpoints_condition{` + of + `,type=~"Degraded|Stalled",status="False"})`, "{{type}}"}),
		timeline("Hosts", "Each host on each port. Only with --metrics-detail=endpoint.", "not healthy", "healthy",
			query{`max by (address, port) (external_endpoints_host_up{` + of + `})`, "{{address}} {{port}}"}),
		stacked(graph("Hosts by state", "A host counts in the worst state that it has on any port.", "short",
			query{`max by (state) (external_endpoints_hosts{` + of + `})`, "{{state}}"})),
		graph("Published endpoints", "Endpoints (host and port) that receive traffic.", "short",
			query{`max(external_endpoints_published_endpoints{` + of + `})`, "published"},
			query{`max(external_endpoints_fail_static{` + of + `})`, "held by failurePolicy"}),
		graph("Duration of checks", "Of those that say something about the host.", "s",
			quantiles("external_endpoints_probe_duration_seconds", of, "check")...),
		graph("Failed checks by reason", "", "ops",
			query{`sum by (reason) (rate(external_endpoints_probe_failures_total{` + of + `}[$__rate_interval]))`, "{{reason}}"}),
		graph("Checks", "By kind and result.", "ops",
			query{`sum by (check, result) (rate(external_endpoints_probes_total{` + of + `}[$__rate_interval]))`, "{{check}} {{result}}"}),
		graph("Changes of verdicts", "Hosts that became healthy or unhealthy on a port.", "short",
			query{`sum by (to) (increase(external_endpoints_transitions_total{` + of + `}[$__rate_interval]))`, "{{to}}"}),
	}
}
