"""Painting: strokes found by gradient descent through exact, differentiable brushes."""
