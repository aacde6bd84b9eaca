"""Figures of the parts that must be quick, each against its floor, in one run: `make bench`."""
