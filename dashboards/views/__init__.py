"""One module per page; each has `show(house, person)`. A folder called `pages` would be navigated twice."""
