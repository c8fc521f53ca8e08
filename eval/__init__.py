"""Measuring: retrieval sets, metrics and their commands."""
