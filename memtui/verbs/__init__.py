"""One file a verb on the viewer's side: the record of its answer, and the question.

The decoder (:mod:`memtui.rpc.decode`) fills these records straight from the bytes.  Their types say
what an answer has to be, and make its text safe: no field is a bare ``str``.
"""
