"""Positions on international platforms, changes of the laws, public awareness: what each party states of them."""
