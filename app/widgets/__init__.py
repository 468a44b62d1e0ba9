"""The rooms: one folder per widget, found by existing."""
