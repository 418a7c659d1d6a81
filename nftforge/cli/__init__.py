"""What people type and see: the only place that prints, prompts or reads the environment."""
