"""Instances: the objects of one type, and what they refer to."""
