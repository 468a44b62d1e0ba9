"""How many members must agree: majorities, joint configurations, commit index, votes."""
