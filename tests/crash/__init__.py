"""Nothing is lost and nothing doubled, wherever the process dies and whichever statement fails."""

import pytest

# Their assertions too shall say what differs.
pytest.register_assert_rewrite("crash.tally", "crash.oracle")
