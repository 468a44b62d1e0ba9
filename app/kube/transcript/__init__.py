"""What people copy from a terminal about a Pod, read as facts that know their lines.

`read(text)` gives a Case: pieces as recognised, and Pods, events, nodes, owners, volumes, logs and refusals.
"""
