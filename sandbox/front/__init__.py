"""Front: contacts whose custom fields only an administrator can define, conversations, comments, app webhooks."""
