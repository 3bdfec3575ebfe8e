"""What a person sees of the models while they come up, and later."""
