"""The verbs on the viewer's side, one file each: the record of the answer, and the question.

The decoder (:mod:`memtui.rpc.decode`) fills these records straight from the bytes.  Their types say
what an answer must be, and make its text safe: no field is a bare ``str``.
"""
