"""Questions: what is asked, how answers are judged, when they come back, and what a learner has achieved."""
