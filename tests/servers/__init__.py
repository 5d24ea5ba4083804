"""Private servers for the tests: each in a temporary folder and on free loopback ports, stopped by its process id."""
