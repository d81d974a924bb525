"""Shared by the tests of all packages: targets, agents, viewers, fakes and patience."""
