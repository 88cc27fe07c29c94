"""One module for each kind of file that is written; the table in `annulus.io._registry` says which suffix is whose.

A module has a function ``write_<content>(x, path)`` for each content that its line in the table names: a case, a
surface, a curve, a loop, in LPS mm. Each writes through `annulus.io._atomic`: a file is whole, or as it was.
"""
