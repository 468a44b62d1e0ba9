"""The room of `etcd-write`: one request through a Raft cluster of one to seven members."""
