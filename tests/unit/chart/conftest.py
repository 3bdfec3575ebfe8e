"""The values that the chart is rendered with: every branch of every template is taken by one of them."""

import pytest

import helm

PEER = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "monitoring"}}}

MATRIX = {
    "defaults": {},
    "nothing optional": {
        "crds": {"install": False},
        "rbac": {"create": False, "userRoles": False},
        "networkPolicy": {"enabled": False},
        "operator": {"serviceAccount": {"create": False, "name": "theirs"}},
        "gateway": {
            "podDisruptionBudget": {"enabled": False},
            "serviceAccount": {"create": False, "name": "theirs"},
            "topologySpreadConstraints": [],
        },
    },
    "namespaced": {"operator": {"namespaces": ["team-a", "team-b"]}},
    "namespaced, scaled by others": {
        "operator": {"namespaces": ["team-a"], "scaling": {"customMetrics": False}}
    },
    "a registry and digests": {
        "image": {"registry": "registry.example/tenfold", "tag": "1.2.3", "pullSecrets": ["pull"]},
        "operator": {"image": {"digest": "sha256:" + "0" * 64}},
        "gateway": {"image": {"tag": "1.2.4"}},
    },
    "an ingress": {
        "ingress": {
            "enabled": True,
            "className": "nginx",
            "annotations": {"cert-manager.io/cluster-issuer": "letsencrypt"},
            "hosts": ["models.example.org", "m.example.org"],
            "tls": [{"hosts": ["models.example.org"], "secretName": "models-tls"}],
        }
    },
    "an ingress of any host": {"ingress": {"enabled": True}},
    "an http route": {
        "httpRoute": {
            "enabled": True,
            "parentRefs": [{"name": "public", "namespace": "gateways"}],
            "hostnames": ["models.example.org"],
            "timeout": "10m",
            "annotations": {"a": "b"},
        }
    },
    "autoscaled gateways": {"gateway": {"autoscaling": {"enabled": True}}},
    "observed": {
        "networkPolicy": {"clients": [{"ipBlock": {"cidr": "10.0.0.0/8"}}], "scrapers": [PEER]},
        "monitoring": {
            "serviceMonitor": {"enabled": True, "labels": {"release": "prometheus"}},
            "podMonitor": {"enabled": True, "labels": {"release": "prometheus"}},
            "dashboards": {"enabled": True, "annotations": {"grafana_folder": "Tenfold"}},
        },
    },
    "a load balancer": {
        "gateway": {
            "service": {
                "type": "LoadBalancer",
                "loadBalancerClass": "example.org/lb",
                "loadBalancerSourceRanges": ["192.0.2.0/24"],
                "annotations": {"a": "b"},
            }
        }
    },
    "a node port": {"gateway": {"service": {"type": "NodePort", "nodePort": 30080, "port": 8080}}},
    "placed pods": {
        "commonLabels": {"team": "search"},
        **{
            part: {
                "nodeSelector": {"disk": "ssd"},
                "tolerations": [{"key": "dedicated", "operator": "Exists"}],
                "affinity": {"nodeAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": []}},
                "priorityClassName": "system-cluster-critical",
                "podLabels": {"a": "b"},
                "podAnnotations": {"c": "d"},
                "extraEnv": [{"name": "PYTHONDEVMODE", "value": "1"}],
                "serviceAccount": {"annotations": {"e": "f"}},
            }
            for part in ("operator", "gateway")
        },
    },
    "a cache that stays": {
        "runtime": {"hub": "https://hub.example", "cache": {"kind": "claim", "storageClass": "fast"}}
    },
    "extra objects": {
        "extraObjects": [
            {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "as-a-mapping"}},
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: of-{{ .Release.Name }}}",
        ]
    },
}


@pytest.fixture(scope="session")
def rendered():
    """The objects of every release of the matrix, by its name."""
    return {name: helm.template(values) for name, values in MATRIX.items()}


@pytest.fixture(scope="session")
def default(rendered):
    return rendered["defaults"]
