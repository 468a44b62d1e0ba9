"""A Deployment's roll-out, one sync of the deployment controller at a time."""
