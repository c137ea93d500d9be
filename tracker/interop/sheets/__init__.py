"""A clinic's spreadsheet, read without a guess: what each row says, or why it can't be read.

`opening` opens files, `layout` finds headings and columns, `parsing` reads one row,
`comparing` looks at the rows together, `weighing` at what is plausible. Nothing is stored here.
"""
