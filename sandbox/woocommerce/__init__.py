"""WooCommerce, emulated: two shops with wc/v3 and Subscriptions, as recorded from a real shop of version 11.0.1."""
