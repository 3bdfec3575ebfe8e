"""What a model's hub says of it, before any pod starts: what can never load is told at once."""
