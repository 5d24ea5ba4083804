"""`mailbot demo`: a post office, a site and letters on this machine; the robot between them is that of production."""
