"""What readers paste: recognised, cleaned, and read with the place and line of what is wrong."""
