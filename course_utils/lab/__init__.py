"""The bench the lessons run on: data, network, experiments, plots, display."""
