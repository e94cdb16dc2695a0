"""Presidio recognizers of our own, one a file, and the registry (`registry.yaml`) that names every detector of prose."""
