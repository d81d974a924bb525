"""What the tests of every room share: targets, agents, viewers, fakes and patience."""
