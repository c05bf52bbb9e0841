{{/* What things are called, and how they are found. */}}

{{- define "sluice.fullname" -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 52 | trimSuffix "-" -}}
{{- else if contains $name .Release.Name -}}
{{- .Release.Name | trunc 52 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name $name | trunc 52 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{/* Objects without a namespace are told apart by that of the release. */}}
{{- define "sluice.clusterName" -}}
{{ .Release.Namespace }}:{{ include "sluice.fullname" . }}
{{- end -}}

{{- define "sluice.selector" -}}
app.kubernetes.io/name: {{ default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: controller
{{- end -}}

{{/* Labels of every object, and more of one of them. Ours win: they are what selectors ask for. */}}
{{- define "sluice.labelsWith" -}}
{{- merge (include "sluice.ownLabels" .root | fromYaml) .more .root.Values.commonLabels | toYaml -}}
{{- end -}}

{{- define "sluice.labels" -}}
{{- include "sluice.labelsWith" (dict "root" . "more" dict) -}}
{{- end -}}

{{- define "sluice.ownLabels" -}}
{{ include "sluice.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{- end -}}

{{- define "sluice.serviceAccount" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "sluice.fullname" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- required "serviceAccount.name: expected the name of a ServiceAccount, since serviceAccount.create is false" .Values.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{- define "sluice.image" -}}
{{- with .Values.controller.image -}}
{{- with .registry }}{{ trimSuffix "/" . }}/{{ end }}{{ .image }}:{{ default $.Chart.AppVersion .tag }}{{ with .digest }}@{{ . }}{{ end }}
{{- end -}}
{{- end -}}

{{/* The Service by which replicas find each other. */}}
{{- define "sluice.peersName" -}}
{{ include "sluice.fullname" . | trunc 57 | trimSuffix "-" }}-peers
{{- end -}}

{{/* The Secret by which they know each other. */}}
{{- define "sluice.peersSecret" -}}
{{- default (include "sluice.peersName" .) .Values.controller.peers.existingSecret -}}
{{- end -}}
