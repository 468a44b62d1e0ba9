"""A Deployment's rollout, one sync of the deployment controller at a time."""
