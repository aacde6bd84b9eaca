"""A stateful Help Scout account under /helpscout: OAuth, customers, their properties, conversations, limits."""
