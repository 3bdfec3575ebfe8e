"""Text generation: one running batch that requests join and leave at every step, tokens out as they come."""
