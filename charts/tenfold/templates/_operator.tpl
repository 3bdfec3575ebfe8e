{{- /* The operator's settings: what $TENFOLD_OPERATOR holds. */ -}}
{{- define "tenfold.operator.settings" -}}
namespaces: {{ toJson .Values.operator.namespaces }}
namespace: {{ .Release.Namespace }}
url: {{ include "tenfold.url" . }}
workers: {{ .Values.operator.workers }}
probeSeconds: {{ .Values.operator.probeSeconds }}
watchSeconds: {{ .Values.operator.watchSeconds }}
scaling:
  gateways: {{ include "tenfold.name" . }}-gateway
  sampleSeconds: {{ .Values.operator.scaling.sampleSeconds }}
  windowSeconds: {{ .Values.operator.scaling.windowSeconds }}
  downSeconds: {{ .Values.operator.scaling.downSeconds }}
  customMetrics:
    enabled: {{ .Values.operator.scaling.customMetrics }}
    service: {{ include "tenfold.name" . }}-operator
preflight: {{ toJson .Values.operator.preflight }}
networkPolicy:
  enabled: {{ .Values.networkPolicy.enabled }}
  scrapers: {{ toJson .Values.networkPolicy.scrapers }}
runtime:
  image: {{ include "tenfold.image" (list . .Values.runtime.image) }}
  pullPolicy: {{ .Values.image.pullPolicy }}
  pullSecrets: {{ toJson .Values.image.pullSecrets }}
  resources: {{ toJson .Values.runtime.resources }}
  user: {{ .Values.runtime.user }}
  hub: {{ .Values.runtime.hub | default nil | toJson }}
  drainSeconds: {{ .Values.runtime.drainSeconds }}
  loadSeconds: {{ .Values.runtime.loadSeconds }}
  scheduleSeconds: {{ .Values.runtime.scheduleSeconds }}
  cache:
    kind: {{ .Values.runtime.cache.kind }}
    size: {{ .Values.runtime.cache.size | quote }}
    path: {{ .Values.runtime.cache.path }}
    storageClass: {{ .Values.runtime.cache.storageClass | default nil | toJson }}
    accessMode: {{ .Values.runtime.cache.accessMode }}
{{- end -}}
