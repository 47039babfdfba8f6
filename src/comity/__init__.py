"""Comity: the node software of an intellectual-property cooperation agreement."""
