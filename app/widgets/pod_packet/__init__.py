"""The room of `pod-packet`: one packet on its way between Pods, with every header field at every hop."""
