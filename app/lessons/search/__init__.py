"""Search: what can be found, the index of it, and the page and fragment that show what was found."""
