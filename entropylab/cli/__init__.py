"""The command line: the catalogue, runs, sweeps and benchmarks without a screen."""
