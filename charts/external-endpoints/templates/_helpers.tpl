{{/* The name of the chart's objects. */}}
{{- define "external-endpoints.name" -}}
{{- $name := .Values.nameOverride | default .Chart.Name -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride -}}
{{- else if contains $name .Release.Name -}}
{{- .Release.Name | trunc 52 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name $name | trunc 52 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{/* What selects the operator's Pods; it must never change. */}}
{{- define "external-endpoints.selector" -}}
app.kubernetes.io/name: external-endpoints
app.kubernetes.io/instance: {{ .Release.Name | quote }}
{{- end -}}

{{/* The labels of every object. */}}
{{- define "external-endpoints.labels" -}}
{{- $labels := dict "helm.sh/chart" (printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_")
      "app.kubernetes.io/managed-by" .Release.Service "app.kubernetes.io/version" (.Chart.AppVersion | toString) -}}
{{- toYaml (mergeOverwrite $labels .Values.commonLabels (include "external-endpoints.selector" . | fromYaml)) -}}
{{- end -}}

{{- define "external-endpoints.serviceAccount" -}}
{{- if .Values.serviceAccount.name -}}
{{- .Values.serviceAccount.name -}}
{{- else if .Values.serviceAccount.create -}}
{{- include "external-endpoints.name" . -}}
{{- else -}}
{{- fail "serviceAccount.name: must say which account to use when serviceAccount.create is false" -}}
{{- end -}}
{{- end -}}

{{- define "external-endpoints.leaseNamespace" -}}
{{- .Values.leaderElection.namespace | default .Release.Namespace -}}
{{- end -}}

{{- define "external-endpoints.image" -}}
{{- $image := .Values.image -}}
{{- with $image.registry }}{{ trimSuffix "/" . }}/{{ end -}}
{{- $image.repository -}}
{{- if $image.digest }}@{{ $image.digest }}{{ else }}:{{ $image.tag | default .Chart.AppVersion }}{{ end -}}
{{- end -}}

{{/* Nine tenths of the memory limit in bytes, so that Go collects garbage before the kernel kills; empty without a limit. */}}
{{- define "external-endpoints.memoryLimit" -}}
{{- $limit := include "external-endpoints.text" (dig "limits" "memory" "" (.Values.resources | default dict)) -}}
{{- if $limit -}}
{{- if not (regexMatch "^[0-9]+(\\.[0-9]+)?([kMGT]|[KMGT]i)?$" $limit) -}}
{{- fail (printf "resources.limits.memory: %q must be a quantity such as 256Mi" $limit) -}}
{{- end -}}
{{- $units := dict "" 1 "k" 1e3 "M" 1e6 "G" 1e9 "T" 1e12 "Ki" 1024 "Mi" 1048576 "Gi" 1073741824 "Ti" 1099511627776 -}}
{{- mulf (regexFind "^[0-9.]+" $limit | float64) (get $units (regexFind "[kKMGTi]*$" $limit)) 0.9 | int64 -}}
{{- end -}}
{{- end -}}

{{/* The metrics' authentication asks the API server across namespaces, which takes a ClusterRole. */}}
{{- define "external-endpoints.secureMetrics" -}}
{{- if and .Values.metrics.enabled .Values.metrics.secure -}}true{{- end -}}
{{- end -}}

{{/* The metadata of an object, after its name. */}}
{{- define "external-endpoints.metadata" -}}
namespace: {{ .Release.Namespace | quote }}
labels: {{- include "external-endpoints.labels" . | nindent 2 }}
{{- end -}}

{{/* A scalar as text. Helm reads every number as a float, which prints as 1e+06. */}}
{{- define "external-endpoints.text" -}}
{{- if and (kindIs "float64" .) (eq . (floor .)) }}{{ int64 . }}{{ else }}{{ . }}{{ end -}}
{{- end -}}
