"""The tests of memtui: real processes under every interpreter that is found."""
