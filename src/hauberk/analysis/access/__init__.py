"""Who may reach what: AWS policies decided over all requests, with a request or a proof for every answer."""
