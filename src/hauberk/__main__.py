"""`python -m hauberk` is `hauberk`."""

from hauberk.cli.entry import main

main()
