"""One module for each kind of file that is read; the table in `annulus.io._registry` says which suffix is whose.

A module has the function of each content that its line in the table names. It raises `FileError` for what is wrong
in the file; whether the file is there has been asked before.

====================================================================== ================================================
``read_surface(file, node)``                                           `RawSurface`, as it stands in the file
``read_lines(file)``                                                   `RawLines`, as they stand in the file
``read_markups(file, asked)``                                           markups in LPS mm
``read_loops(file, asked)``                                             valve to its contours by frame, in LPS mm
``read_landmark_table(file, valve, frame, name, asked)``                label to point, in LPS mm
``read_case(file)``                                                    the case
====================================================================== ================================================
"""

from annulus.io.readers._raw import RawLines, RawSurface

__all__ = ["RawLines", "RawSurface"]
