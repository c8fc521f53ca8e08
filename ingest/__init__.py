"""From files to passages: readers per format, cleaning, splitting and the pipeline that builds a release."""
