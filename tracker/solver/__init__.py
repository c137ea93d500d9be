"""The room of the solver. It knows of days and costs, and of no patient."""
