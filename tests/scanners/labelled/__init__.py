"""Labelled exports: invented schemas as products write them, with the element a person would give each column."""
