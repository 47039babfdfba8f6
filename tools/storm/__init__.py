"""The storm: real nodes, joined through a proxy that lies, under a seeded schedule of faults, and a mechanical verdict.

make storm SEEDS=1,2,3 NODES=3 DATABASE=postgresql FAULTS=50
"""
