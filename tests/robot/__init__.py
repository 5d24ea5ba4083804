"""The robot as its users meet it: a site in files, a process, and mail. A surface to write dialogues in."""

from robot.mail import Mail, reply, written
from robot.people import (
    ADMIN,
    ALICE,
    ANNA,
    ANNA_AT_HOME,
    BOB,
    BRUNO,
    BRUNO_AT_HOME,
    CARLA,
    DAVE,
    GONE,
    LOST,
    address,
)
from robot.post import Post
from robot.programs import PROGRAMS, Program, apple, gmail, outlook
from robot.robot import Robot
from robot.site import Site, Value

__all__ = [
    "ADMIN",
    "ALICE",
    "ANNA",
    "ANNA_AT_HOME",
    "BOB",
    "BRUNO",
    "BRUNO_AT_HOME",
    "CARLA",
    "DAVE",
    "GONE",
    "LOST",
    "PROGRAMS",
    "Mail",
    "Post",
    "Program",
    "Robot",
    "Site",
    "Value",
    "address",
    "apple",
    "gmail",
    "outlook",
    "reply",
    "written",
]
