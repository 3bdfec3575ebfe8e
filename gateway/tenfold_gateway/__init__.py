"""The public door: finds the model that a request names, wakes it, waits for it, passes the request on."""
