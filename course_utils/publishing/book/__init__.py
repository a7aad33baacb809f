"""The book: the course as web pages that open from a folder, made with Sphinx.

First the sources are written, `staging.stage`: a mirror of the clone's own folders, so
that links between its files stay as they are. Then Sphinx makes pages of them,
`building.build`.
"""
