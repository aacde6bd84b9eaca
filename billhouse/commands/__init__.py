"""The commands, by what they are for: run parts, move data, see, act."""
