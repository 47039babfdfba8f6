"""Requests for assistance from body to body: what each side states, and what follows from both."""
