"""How the kernel weighs one process."""
