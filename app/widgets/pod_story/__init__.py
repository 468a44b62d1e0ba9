"""What a paste from a terminal tells of a Pod: what happened to it, why it does not run, and who must act."""
