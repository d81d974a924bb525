"""Tests of what runs inside the target."""
