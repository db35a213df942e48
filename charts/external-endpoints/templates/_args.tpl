{{/* The operator's flags, a JSON list. */}}
{{- define "external-endpoints.args" -}}
{{- $v := .Values -}}
{{- $args := list
      (printf "--write-endpoints=%t" $v.writeEndpoints)
      (printf "--leader-elect=%t" $v.leaderElection.enabled)
      (printf "--leader-election-namespace=%s" (include "external-endpoints.leaseNamespace" .))
      (printf "--min-interval=%s" $v.probing.minInterval)
      (printf "--max-probes-per-second=%d" (int $v.probing.maxProbesPerSecond))
      (printf "--max-probes-in-flight=%d" (int $v.probing.maxProbesInFlight))
      (printf "--cluster-domain=%s" $v.probing.clusterDomain)
      (printf "--max-targets-per-namespace=%d" (int $v.probing.maxTargetsPerNamespace))
      (printf "--metrics-bind-address=%s" (ternary (printf ":%d" (int $v.metrics.port)) "0" $v.metrics.enabled))
      (printf "--metrics-secure=%t" $v.metrics.secure)
      (printf "--metrics-detail=%s" $v.metrics.detail)
      (printf "--health-probe-bind-address=:%d" (int $v.health.port))
      (printf "--log-format=%s" $v.log.format)
      (printf "--log-level=%s" $v.log.level) -}}
{{- if include "external-endpoints.metricsCert" . }}{{ $args = append $args "--metrics-cert-path=/etc/metrics-tls" }}{{ end -}}
{{- /* A list that is given twice adds up. */ -}}
{{- if not (hasKey $v.extraArgs "watch-namespaces") }}{{ with $v.watchNamespaces }}{{ $args = append $args (printf "--watch-namespaces=%s" (join "," .)) }}{{ end }}{{ end -}}
{{- if not (hasKey $v.extraArgs "denied-cidrs") }}{{ with $v.probing.deniedCIDRs }}{{ $args = append $args (printf "--denied-cidrs=%s" (join "," .)) }}{{ end }}{{ end -}}
{{- if not (hasKey $v.extraArgs "allowed-cidrs") }}{{ with $v.probing.allowedCIDRs }}{{ $args = append $args (printf "--allowed-cidrs=%s" (join "," .)) }}{{ end }}{{ end -}}
{{- if $v.references.enabled }}{{ $args = append $args "--enable-references=true" }}{{ end -}}
{{- range $flag := keys $v.extraArgs | sortAlpha }}{{ $args = append $args (printf "--%s=%s" $flag (include "external-endpoints.text" (get $v.extraArgs $flag))) }}{{ end -}}
{{- toJson $args -}}
{{- end -}}

{{/* The Secret with the certificate of the metrics endpoint, where one is used. */}}
{{- define "external-endpoints.metricsCert" -}}
{{- if and .Values.metrics.enabled .Values.metrics.secure }}{{ .Values.metrics.certSecret }}{{ end -}}
{{- end -}}
