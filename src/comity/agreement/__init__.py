"""The agreement as data: parties, bodies, articles, capabilities, and its life from draft to termination."""
