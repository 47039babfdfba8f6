from comity.node.cli import main

main()
