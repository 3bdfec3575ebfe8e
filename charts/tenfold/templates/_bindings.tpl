{{- /* Bind a component's ClusterRole in the namespaces that are looked after, or everywhere. Takes (list $ component). */ -}}
{{- define "tenfold.bindings" -}}
{{- $root := index . 0 -}}
{{- $context := . -}}
{{- range $namespace := $root.Values.operator.namespaces | default (list "") }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: {{ ternary "RoleBinding" "ClusterRoleBinding" (ne $namespace "") }}
metadata:
  name: {{ include "tenfold.name" $root }}-{{ index $context 1 }}
  {{- with $namespace }}
  namespace: {{ . }}
  {{- end }}
  labels:
    {{- include "tenfold.labels" $context | nindent 4 }}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ClusterRole
  name: {{ include "tenfold.name" $root }}-{{ index $context 1 }}
subjects:
  - kind: ServiceAccount
    name: {{ include "tenfold.serviceAccount" $context }}
    namespace: {{ $root.Release.Namespace }}
{{- end }}
{{- end -}}
