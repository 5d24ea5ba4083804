"""The robot as its users meet it: a site in files, a process, and mail. A surface to write dialogues in."""

from robot.mail import Mail, reply, written
from robot.people import ADMIN, ALICE, ANNA, BOB, BRUNO, CARLA, DAVE, GONE, LOST, address
from robot.post import Post
from robot.robot import Robot
from robot.site import Site, Value

__all__ = [
    "ADMIN",
    "ALICE",
    "ANNA",
    "BOB",
    "BRUNO",
    "CARLA",
    "DAVE",
    "GONE",
    "LOST",
    "Mail",
    "Post",
    "Robot",
    "Site",
    "Value",
    "address",
    "reply",
    "written",
]
