"""A clinic's spreadsheet, read without a guess: what it says row by row, or why it can't be read.

`reading` opens files, `layout` finds headings and columns, `records` reads one row,
`comparing` looks at the rows together, `weighing` at what is plausible. Nothing is stored here.
"""
