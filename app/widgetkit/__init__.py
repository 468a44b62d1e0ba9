"""What a widget is, how it is found, and the faces that every widget gets."""
