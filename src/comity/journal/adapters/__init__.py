"""Ways to have what the journal needs from outside, each a folder that can be deleted whole."""
