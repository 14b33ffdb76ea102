"""hookmw."""
