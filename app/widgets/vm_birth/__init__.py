"""The room of `vm-birth`: how KubeVirt starts, moves and stops a virtual machine."""
