"""A copy of all that is recorded: taken while others write, and put back."""
