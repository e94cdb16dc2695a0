"""One module a command. A module defines `command` and imports what it needs inside the function."""
