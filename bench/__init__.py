"""The benchmarks: `make bench` prints JSON lines, the machine's yardstick in each."""
