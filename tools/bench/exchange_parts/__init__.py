"""The parts of `make bench-exchange`, one file a system; each gives figures by name, and asserts nothing."""
