"""The command line: wires settings, stores, gateways and helpdesks to the packages that do the work."""
