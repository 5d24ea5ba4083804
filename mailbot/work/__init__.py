"""Receive, process, deliver, tell, tidy, and what people ask for by hand: the only code that begins a transaction."""
