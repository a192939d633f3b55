"""The pages of the demonstration: plain HTML, CSS and script, served from this package."""
