{{- define "tenfold.name" -}}
{{- default (ternary .Release.Name (printf "%s-tenfold" .Release.Name) (contains "tenfold" .Release.Name)) .Values.fullnameOverride | trunc 40 | trimSuffix "-" -}}
{{- end -}}

{{- /* Labels of an object. Takes (list $ component), where component is operator, gateway, runtime or test. */ -}}
{{- define "tenfold.labels" -}}
{{- $root := index . 0 -}}
{{ include "tenfold.selector" . }}
app.kubernetes.io/part-of: tenfold
app.kubernetes.io/version: {{ $root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ $root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" $root.Chart.Name $root.Chart.Version | replace "+" "_" }}
{{- with $root.Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- /* Labels that select a component's pods. The models' NetworkPolicies know them by the name. */ -}}
{{- define "tenfold.selector" -}}
app.kubernetes.io/name: tenfold-{{ index . 1 }}
app.kubernetes.io/instance: {{ (index . 0).Release.Name }}
{{- end -}}

{{- /* Reference of an image. Takes (list $ image), where image has repository, tag and digest. */ -}}
{{- define "tenfold.image" -}}
{{- $root := index . 0 -}}
{{- $image := index . 1 -}}
{{- with $root.Values.image.registry }}{{ . }}/{{ end -}}
{{- $image.repository -}}
{{- if $image.digest -}}
@{{ $image.digest }}
{{- else -}}
:{{ $image.tag | default $root.Values.image.tag | default $root.Chart.AppVersion }}
{{- end -}}
{{- end -}}

{{- /* Name of a component's ServiceAccount. Takes (list $ component). */ -}}
{{- define "tenfold.serviceAccount" -}}
{{- $root := index . 0 -}}
{{- $component := index . 1 -}}
{{- (index $root.Values $component).serviceAccount.name | default (printf "%s-%s" (include "tenfold.name" $root) $component) -}}
{{- end -}}

{{- /* Origin of the gateway within the cluster. */ -}}
{{- define "tenfold.origin" -}}
{{- $port := int .Values.gateway.service.port -}}
http://{{ include "tenfold.name" . }}-gateway.{{ .Release.Namespace }}{{ if ne $port 80 }}:{{ $port }}{{ end }}
{{- end -}}

{{- /* Origin of the gateway as people know it. */ -}}
{{- define "tenfold.url" -}}
{{- if .Values.operator.url -}}
{{ .Values.operator.url }}
{{- else if and .Values.ingress.enabled .Values.ingress.hosts -}}
http{{ if .Values.ingress.tls }}s{{ end }}://{{ first .Values.ingress.hosts }}
{{- else if and .Values.httpRoute.enabled .Values.httpRoute.hostnames -}}
https://{{ first .Values.httpRoute.hostnames }}
{{- else -}}
{{ include "tenfold.origin" . }}
{{- end -}}
{{- end -}}
