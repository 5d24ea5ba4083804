"""The robot as its users meet it: a site in files, a process, and mail. A surface to write dialogues in."""

from robot.mail import Mail
from robot.people import ALICE, ANNA, BOB, BRUNO, CARLA, address
from robot.post import Post
from robot.robot import Robot
from robot.site import Site

__all__ = ["ALICE", "ANNA", "BOB", "BRUNO", "CARLA", "Mail", "Post", "Robot", "Site", "address"]
