"""Nothing is lost and nothing doubled, wherever the process dies and whichever statement fails."""
