{{/* Rules as the API has them; the generated file says of each what it is for, too. */}}
{{- define "sluice.rules" -}}
{{- range . }}
- {{ omit . "why" | toYaml | nindent 2 | trim }}
{{- end }}
{{- end -}}

{{/* Rights on Leases are for the one of this release, but for creating it, which RBAC cannot narrow by name. */}}
{{- define "sluice.ownRules" -}}
{{- $lease := .lease }}
{{- range .rules }}
{{- if has "leases" .resources }}
- {{ merge (dict "verbs" (list "create")) . | toYaml | nindent 2 | trim }}
- {{ merge (dict "verbs" (without .verbs "create") "resourceNames" (list $lease)) . | toYaml | nindent 2 | trim }}
{{- else }}
- {{ toYaml . | nindent 2 | trim }}
{{- end }}
{{- end }}
{{- end -}}

{{/* A Role and its binding. Takes root, namespace, suffix and rules. */}}
{{- define "sluice.role" -}}
{{- $name := printf "%s-%s" (include "sluice.fullname" .root) .suffix }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata:
  name: {{ $name }}
  namespace: {{ .namespace }}
  labels:
    {{- include "sluice.labels" .root | nindent 4 }}
rules:
  {{- include "sluice.rules" .rules | trim | nindent 2 }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata:
  name: {{ $name }}
  namespace: {{ .namespace }}
  labels:
    {{- include "sluice.labels" .root | nindent 4 }}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: Role
  name: {{ $name }}
subjects:
  - kind: ServiceAccount
    name: {{ include "sluice.serviceAccount" .root }}
    namespace: {{ .root.Release.Namespace }}
{{- end -}}

{{/* What is read and written outside of the namespaces that are watched, where these are not all there are. */}}
{{- define "sluice.outsideScope" -}}
{{- $watched := .root.Values.controller.scope.namespaces -}}
{{- $published := splitList "/" (include "sluice.publishedService" .root) -}}
{{- if and (eq (len $published) 2) (not (has (first $published) $watched)) }}
{{- $rules := list }}
{{- range .grants.published }}
{{- $rules = append $rules (merge (dict "resourceNames" (list (last $published))) .) }}
{{- end }}
{{ include "sluice.role" (dict "root" .root "namespace" (first $published) "suffix" "published" "rules" $rules) }}
{{- end }}
{{- if and (include "sluice.publishesNodes" .root) (not (has .root.Release.Namespace $watched)) }}
{{ include "sluice.role" (dict "root" .root "namespace" .root.Release.Namespace "suffix" "pods" "rules" .grants.ownPods) }}
{{- end }}
{{- if not (has "default" $watched) }}
{{ include "sluice.role" (dict "root" .root "namespace" "default" "suffix" "events" "rules" .grants.clusterEvents) }}
{{- end }}
{{- end -}}

{{/* The ConfigMaps of TCP and UDP services are watched, each by its name, and told of what is wrong with them. */}}
{{- define "sluice.layer4Role" -}}
{{- $names := list -}}
{{- range $protocol := list "tcp" "udp" }}
{{- if index $.root.Values $protocol }}{{ $names = append $names (printf "%s-%s" (include "sluice.fullname" $.root) $protocol) }}{{ end }}
{{- end }}
{{- if $names }}
{{- $rules := list }}
{{- range .grants.namedConfigMaps }}
{{- $rules = append $rules (merge (dict "resourceNames" $names) .) }}
{{- end }}
{{- $watched := .root.Values.controller.scope.namespaces }}
{{- if and $watched (not (has .root.Release.Namespace $watched)) }}
{{- $rules = concat $rules .grants.clusterEvents }}
{{- end }}
{{ include "sluice.role" (dict "root" .root "namespace" .root.Release.Namespace "suffix" "tcp-udp" "rules" $rules) }}
{{- end }}
{{- end -}}
