"""PromQL over a range of samples: the window, resets, extrapolation."""
