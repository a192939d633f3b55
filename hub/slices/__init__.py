"""Who sees and does what: the only place that says so."""
