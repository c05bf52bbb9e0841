{{/* Ports of TCP and UDP services, as a list with name, port and protocol. Keys of values may have come as numbers. */}}
{{- define "sluice.layer4Ports" -}}
{{- $values := .Values -}}
{{- $own := list -}}
{{- range pick .Values.controller.containerPort "http" "https" "admin" }}{{ $own = append $own (toString .) }}{{ end -}}
{{- range $protocol := list "tcp" "udp" }}
{{- range $port, $_ := index $values $protocol }}
{{- if and (eq $protocol "tcp") (has (toString $port) $own) }}
{{- fail (printf "tcp.%v: Sluice listens on this port itself, see controller.containerPort" $port) }}
{{- end }}
{{- if and (eq $protocol "udp") $values.controller.peers.enabled (eq (toString $port) (toString $values.controller.peers.port)) }}
{{- fail (printf "udp.%v: Sluice listens on this port itself, see controller.peers.port" $port) }}
{{- end }}
- name: {{ printf "%v-%s" $port $protocol }}
  port: {{ $port }}
  protocol: {{ upper $protocol }}
{{- end }}
{{- end }}
{{- end -}}

{{/* That of the values. Where a TCP or UDP service has a port below 1024, in a network of its own, the Pod may bind it. */}}
{{- define "sluice.podSecurityContext" -}}
{{- $c := .Values.controller -}}
{{- $context := deepCopy $c.podSecurityContext -}}
{{- $sysctl := "net.ipv4.ip_unprivileged_port_start" -}}
{{- $low := false -}}
{{- range include "sluice.layer4Ports" . | fromYamlArray }}{{ if lt (int .port) 1024 }}{{ $low = true }}{{ end }}{{ end -}}
{{- $named := list -}}
{{- range $context.sysctls }}{{ $named = append $named .name }}{{ end -}}
{{- if and $low (not $c.hostNetwork) (not (has $sysctl $named)) -}}
{{- $_ := set $context "sysctls" (append (default list $context.sysctls) (dict "name" $sysctl "value" "0")) -}}
{{- end -}}
{{- toYaml $context -}}
{{- end -}}
