"""What runs inside the target: a guest there, standard library only, Python 3.8 syntax."""
