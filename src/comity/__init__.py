"""Comity: the node software of an intellectual-property cooperation agreement."""

RELEASE = "0.1.0"
