"""How a Deployment is born: a ReplicaSet with a computed name, Pods in batches, and what may stop it."""
