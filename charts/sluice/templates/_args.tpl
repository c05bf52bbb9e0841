{{/* namespace/name of the Service whose addresses are published; nothing where there is none. */}}
{{- define "sluice.publishedService" -}}
{{- $c := .Values.controller -}}
{{- if and $c.publishService.enabled (not $c.publishAddress) -}}
{{- if $c.publishService.pathOverride -}}
{{- $c.publishService.pathOverride -}}
{{- else if $c.service.enabled -}}
{{- printf "%s/%s" .Release.Namespace (include "sluice.fullname" .) -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* Whether addresses of nodes are published: there is nothing else, and ports of theirs lead to Pods. */}}
{{- define "sluice.publishesNodes" -}}
{{- $c := .Values.controller -}}
{{- if and $c.publishNodes (or $c.hostNetwork $c.hostPort.enabled) (not $c.publishAddress) (not (include "sluice.publishedService" .)) -}}
yes
{{- end -}}
{{- end -}}

{{/* Ports by which clients reach Sluice: what redirects and forwarded fields name. */}}
{{- define "sluice.publicPorts" -}}
{{- $c := .Values.controller -}}
{{- if $c.service.enabled -}}
{{ toYaml $c.service.ports }}
{{- else if and $c.hostPort.enabled (not $c.hostNetwork) -}}
{{ toYaml $c.hostPort.ports }}
{{- else -}}
{{ toYaml (pick $c.containerPort "http" "https") }}
{{- end -}}
{{- end -}}

{{/*
Options that the chart sets, one a line: name=value. The order is that of values.yaml.
*/}}
{{- define "sluice.managedArgs" -}}
{{- $c := .Values.controller -}}
bind={{ $c.bindAddress }}
http-port={{ $c.containerPort.http }}
https-port={{ $c.containerPort.https }}
{{- $public := include "sluice.publicPorts" . | fromYaml }}
public-http-port={{ $public.http }}
public-https-port={{ $public.https }}
admin-port={{ $c.containerPort.admin }}
{{- if $c.peers.enabled }}
peer-port={{ $c.peers.port }}
peer-key-file=/etc/sluice/peers/key
peer-service={{ .Release.Namespace }}/{{ include "sluice.peersName" . }}
{{- end }}
workers={{ $c.workers }}
log-level={{ $c.logLevel }}
access-log={{ $c.accessLog }}
{{- with $c.trustedProxies }}
trusted-proxies={{ join "," . }}
{{- end }}
ingress-class={{ default $c.ingressClassResource.name $c.ingressClass }}
controller-class={{ $c.ingressClassResource.controllerValue }}
election-id={{ default (include "sluice.fullname" .) $c.electionID }}
{{- with $c.scope.namespaces }}
watch-namespace={{ join "," . }}
{{- end }}
{{- with $c.secretNamespaces }}
secret-namespaces={{ join "," . }}
{{- end }}
{{- if $c.publishAddress }}
publish-address={{ join "," $c.publishAddress }}
{{- else if include "sluice.publishedService" . }}
publish-service={{ include "sluice.publishedService" . }}
{{- else if include "sluice.publishesNodes" . }}
publish-nodes=true
{{- end }}
{{- if .Values.tcp }}
tcp-services-configmap={{ .Release.Namespace }}/{{ include "sluice.fullname" . }}-tcp
{{- end }}
{{- if .Values.udp }}
udp-services-configmap={{ .Release.Namespace }}/{{ include "sluice.fullname" . }}-udp
{{- end }}
drain-delay={{ $c.drain.delaySeconds }}s
drain-timeout={{ $c.drain.timeoutSeconds }}s
{{- end -}}

{{/* Names that the chart may set, whatever the values are: given twice, the last one would count in silence. */}}
{{- define "sluice.managedNames" -}}
bind http-port https-port public-http-port public-https-port admin-port peer-port peer-key-file peer-service workers log-level access-log trusted-proxies ingress-class controller-class election-id watch-namespace secret-namespaces publish-address publish-service publish-nodes tcp-services-configmap udp-services-configmap drain-delay drain-timeout
{{- end -}}

{{- define "sluice.args" -}}
- controller
{{- range splitList "\n" (include "sluice.managedArgs" .) }}
- {{ printf "--%s" . | quote }}
{{- end }}
{{- $managed := splitList " " (include "sluice.managedNames" .) }}
{{- range $name, $value := .Values.controller.extraArgs }}
{{- if has $name $managed }}
{{- fail (printf "controller.extraArgs.%s: the chart sets this option; README.md says by which value" $name) }}
{{- end }}
{{- /* A number of a file of values is a float, which would be written as 1e+06. */}}
- {{ printf "--%s=%s" $name (ternary (toJson $value) (toString $value) (kindIs "float64" $value)) | quote }}
{{- end }}
{{- end -}}
