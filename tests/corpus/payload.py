"""What every attack of the corpus does if it succeeds: it creates one empty file, and nothing else."""

from __future__ import annotations

# The verifier's child runs in an empty folder, and HAUBERK_MARK names this file in it.
MARK = "hauberk-mark"
SHELL = 'touch "$HAUBERK_MARK"'
CODE = "import os; open(os.environ['HAUBERK_MARK'], 'w').close()"
# As source code of a repository: what an attacker writes there is more than opening a file.
SOURCE = f"import os\nos.system({SHELL!r})\n"
EXPRESSION = "open('hauberk-mark','w')"
IMPORTING = "__import__('os').system('touch hauberk-mark')"
# The discard service of this machine: nobody listens, and nobody else is disturbed.
NOBODY = ("127.0.0.1", 9)
