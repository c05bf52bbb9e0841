{{/* Time between SIGTERM and SIGKILL: never less than what draining may take. */}}
{{- define "sluice.gracePeriod" -}}
{{- $c := .Values.controller -}}
{{- $least := add $c.drain.delaySeconds $c.drain.timeoutSeconds -}}
{{- if kindIs "invalid" $c.terminationGracePeriodSeconds -}}
{{- add $least 5 -}}
{{- else if lt (int $c.terminationGracePeriodSeconds) (int $least) -}}
{{- fail (printf "controller.terminationGracePeriodSeconds: expected at least %d, the sum of controller.drain.delaySeconds and timeoutSeconds, not %d" (int $least) (int $c.terminationGracePeriodSeconds)) -}}
{{- else -}}
{{- $c.terminationGracePeriodSeconds -}}
{{- end -}}
{{- end -}}

{{/* Two Pods cannot hold the same port of a node, so there the old one has to go first. */}}
{{- define "sluice.updateStrategy" -}}
{{- $c := .Values.controller -}}
{{- if $c.updateStrategy -}}
{{- toYaml $c.updateStrategy -}}
{{- else if or $c.hostNetwork $c.hostPort.enabled -}}
type: RollingUpdate
rollingUpdate:
  maxSurge: 0
  maxUnavailable: 1
{{- else -}}
type: RollingUpdate
rollingUpdate:
  maxSurge: 1
  maxUnavailable: 0
{{- end -}}
{{- end -}}

{{- define "sluice.dnsPolicy" -}}
{{- default (ternary "ClusterFirstWithHostNet" "ClusterFirst" .Values.controller.hostNetwork) .Values.controller.dnsPolicy -}}
{{- end -}}

{{- define "sluice.ports" -}}
{{- $c := .Values.controller -}}
{{- range $name := list "http" "https" "admin" }}
- name: {{ $name }}
  containerPort: {{ index $c.containerPort $name }}
  {{- if $c.hostNetwork }}
  hostPort: {{ index $c.containerPort $name }}
  {{- else if and $c.hostPort.enabled (ne $name "admin") }}
  hostPort: {{ index $c.hostPort.ports $name }}
  {{- end }}
  protocol: TCP
{{- end }}
{{- if $c.peers.enabled }}
- name: peer
  containerPort: {{ $c.peers.port }}
  {{- if $c.hostNetwork }}
  hostPort: {{ $c.peers.port }}
  {{- end }}
  protocol: UDP
{{- end }}
{{- range include "sluice.layer4Ports" . | fromYamlArray }}
- name: {{ .name }}
  containerPort: {{ .port }}
  {{- if or $c.hostNetwork $c.hostPort.enabled }}
  hostPort: {{ .port }}
  {{- end }}
  protocol: {{ .protocol }}
{{- end }}
{{- end -}}

{{- define "sluice.volumeMounts" -}}
{{- $c := .Values.controller -}}
{{- if $c.peers.enabled }}
- name: peers
  mountPath: /etc/sluice/peers
  readOnly: true
{{- end }}
{{- with $c.extraVolumeMounts }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "sluice.volumes" -}}
{{- $c := .Values.controller -}}
{{- if $c.peers.enabled }}
- name: peers
  secret:
    secretName: {{ include "sluice.peersSecret" . }}
    items:
      - key: key
        path: key
{{- end }}
{{- with $c.extraVolumes }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "sluice.spread" -}}
{{- range .Values.controller.topologySpreadConstraints }}
- {{ toYaml . | nindent 2 | trim }}
  {{- if not .labelSelector }}
  labelSelector:
    matchLabels:
      {{- include "sluice.selector" $ | nindent 6 }}
  {{- end }}
{{- end }}
{{- end -}}

{{- define "sluice.container" -}}
{{- $c := .Values.controller -}}
- name: controller
  image: {{ include "sluice.image" . | quote }}
  imagePullPolicy: {{ $c.image.pullPolicy }}
  args:
    {{- include "sluice.args" . | nindent 4 }}
  env:
    - name: POD_NAME
      valueFrom:
        fieldRef:
          fieldPath: metadata.name
    - name: POD_NAMESPACE
      valueFrom:
        fieldRef:
          fieldPath: metadata.namespace
    - name: NODE_NAME
      valueFrom:
        fieldRef:
          fieldPath: spec.nodeName
    # Kubernetes copies this label of the node to Pods from 1.35 on; before that it is empty.
    - name: SLUICE_ZONE
      valueFrom:
        fieldRef:
          fieldPath: metadata.labels['topology.kubernetes.io/zone']
    {{- with $c.extraEnvs }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  ports:
    {{- include "sluice.ports" . | trim | nindent 4 }}
  readinessProbe:
    {{- toYaml $c.readinessProbe | nindent 4 }}
  livenessProbe:
    {{- toYaml $c.livenessProbe | nindent 4 }}
  {{- with $c.resources }}
  resources:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  securityContext:
    {{- toYaml $c.containerSecurityContext | nindent 4 }}
  {{- with include "sluice.volumeMounts" . | trim }}
  volumeMounts:
    {{- . | nindent 4 }}
  {{- end }}
{{- end -}}

{{/* The template of Pods, of a Deployment and of a DaemonSet alike. */}}
{{- define "sluice.pod" -}}
{{- $c := .Values.controller -}}
metadata:
  labels:
    {{- include "sluice.labelsWith" (dict "root" . "more" $c.podLabels) | nindent 4 }}
  {{- with $c.podAnnotations }}
  annotations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
spec:
  serviceAccountName: {{ include "sluice.serviceAccount" . }}
  automountServiceAccountToken: true
  # Kubernetes would set SLUICE_... variables for our own Service.
  enableServiceLinks: false
  terminationGracePeriodSeconds: {{ include "sluice.gracePeriod" . }}
  dnsPolicy: {{ include "sluice.dnsPolicy" . }}
  {{- with $c.dnsConfig }}
  dnsConfig:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- if $c.hostNetwork }}
  hostNetwork: true
  {{- end }}
  {{- with .Values.imagePullSecrets }}
  imagePullSecrets:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with $c.priorityClassName }}
  priorityClassName: {{ . }}
  {{- end }}
  securityContext:
    {{- include "sluice.podSecurityContext" . | nindent 4 }}
  containers:
    {{- include "sluice.container" . | nindent 4 }}
  {{- with include "sluice.volumes" . | trim }}
  volumes:
    {{- . | nindent 4 }}
  {{- end }}
  {{- with $c.nodeSelector }}
  nodeSelector:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with $c.tolerations }}
  tolerations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with $c.affinity }}
  affinity:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- if and $c.topologySpreadConstraints (eq $c.kind "Deployment") }}
  topologySpreadConstraints:
    {{- include "sluice.spread" . | trim | nindent 4 }}
  {{- end }}
{{- end -}}
