"""A change of the pods is compared with what serves, where the spec asks for it, before it takes over."""
