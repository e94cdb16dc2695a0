"""One module a page: `show(mart)` draws it. What is shown comes from `queries`, how it is written from `words` and `markup`."""
