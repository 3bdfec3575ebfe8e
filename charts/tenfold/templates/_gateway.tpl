{{- /* The gateway's settings: what $TENFOLD_GATEWAY holds. A stop leaves it all of its grace but a margin. */ -}}
{{- define "tenfold.gateway.settings" -}}
{{- $drain := max 0 (sub .Values.gateway.terminationGracePeriodSeconds (add .Values.gateway.drainSeconds 10)) -}}
{{- dict "namespaces" .Values.operator.namespaces "drainSeconds" $drain | merge .Values.gateway.settings | toYaml -}}
{{- end -}}
