"""Real parts of others that ours must fit: the seam is proven by no stand-in of our own."""
