"""What replicas are counted by: the gateways' requests, and the API by which autoscalers learn of them."""
