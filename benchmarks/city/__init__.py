"""The solver on days of real cities: asymmetric driving times, several depots, skills."""
