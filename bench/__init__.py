"""The benchmarks: `make bench` prints a JSON line for each, the machine's yardstick beside it."""
