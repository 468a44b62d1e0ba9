"""What the sequences about Pods share: objects as YAML, kubectl's table, events, a scene told in frames."""
