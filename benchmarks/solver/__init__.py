"""The solver on delivery routing with time windows, beside PyVRP, VROOM and OR-Tools."""
