"""The rules of assistance, pure: steps and whose they are, the course of a request, its deadline, its contents."""
