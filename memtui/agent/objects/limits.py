"""What requests may ask for: known before the modules that do it are loaded."""

#: Most children that a node shows at once, and nodes on a page.
WIDTH = 200
#: By what the listed instances are chosen.
ORDERS = ("largest", "oldest", "newest")
#: What ``allocations`` does.
DEEDS = ("start", "state", "snapshot", "reset-peak", "stop")
#: Most frames of a traceback.
DEPTH = 100
