"""Counting objects from outside: the process's memory is read, nothing is stopped and nothing runs in it.

An interpreter that is not the main one can end at any moment, and up to 3.13 the whole process ends with it
if a thread of ours has a state there.  So the agent does not go in; the lists of the collector are read
instead, while the program may change them.  What is read is checked link by link.
"""
