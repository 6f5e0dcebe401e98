"""What our figures stand beside. Each runs in a virtual environment of its own, which the benchmark makes on demand."""
