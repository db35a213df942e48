{{/* What the operator may do where it looks after ExternalServices: the verbs that it uses, and no others. */}}
{{- define "external-endpoints.rules" -}}
- apiGroups: [external-endpoints.io]
  resources: [externalservices]
  verbs: [get, list, watch]
- apiGroups: [external-endpoints.io]
  resources: [externalservices/status]
  verbs: [update]
# Owner references with blockOwnerDeletion need this where the admission plugin
# OwnerReferencesPermissionEnforcement is on.
- apiGroups: [external-endpoints.io]
  resources: [externalservices/finalizers]
  verbs: [update]
- apiGroups: [""]
  resources: [services]
  verbs: [get, list, watch, create, update]
- apiGroups: [""]
  resources: [endpoints]
  verbs: [get, list, watch, create, update, delete]
- apiGroups: [discovery.k8s.io]
  resources: [endpointslices]
  verbs: [get, list, watch, create, update, delete]
- apiGroups: [events.k8s.io]
  resources: [events]
  verbs: [create, patch]
{{- if .Values.references.enabled }}
# Only those labelled external-endpoints.io/probe: "true" are asked for, but RBAC knows no labels.
- apiGroups: [""]
  resources: [secrets, configmaps]
  verbs: [list, watch]
{{- end }}
{{- end -}}

{{/* What it may do in the cluster as a whole. */}}
{{- define "external-endpoints.clusterRules" -}}
{{- if include "external-endpoints.secureMetrics" . }}
# Who may read the metrics is the API server's to say.
- apiGroups: [authentication.k8s.io]
  resources: [tokenreviews]
  verbs: [create]
- apiGroups: [authorization.k8s.io]
  resources: [subjectaccessreviews]
  verbs: [create]
{{- end }}
{{- if .Values.clusterRanges.enabled }}
# Addresses of the cluster itself are denied to hosts.
- apiGroups: [""]
  resources: [nodes]
  verbs: [list, watch]
- apiGroups: [networking.k8s.io]
  resources: [servicecidrs]
  verbs: [list, watch]
{{- end }}
{{- end -}}

{{/* The operator's account, as the subject of a binding. */}}
{{- define "external-endpoints.subject" -}}
- kind: ServiceAccount
  namespace: {{ .Release.Namespace | quote }}
  name: {{ include "external-endpoints.serviceAccount" . | quote }}
{{- end -}}
