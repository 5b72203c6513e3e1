"""scikit-learn's metrics from statistics: of moments, of confusion counts, of predictions."""
