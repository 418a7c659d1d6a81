"""A program with bars that end at once, and one that takes a while."""

import time

from nftforge.cli.screen import Screen

with Screen(str) as screen:
    for number in range(30):
        screen.progress(f"pin {number}", 0, 1)
        time.sleep(0.01)
        screen.progress(f"pin {number}", 1, 1)
        screen.say(f"pin {number}: done")
    screen.progress("paint the first of many pieces with a rather long name", 0, 10)
    time.sleep(1.0)
    screen.progress("paint the first of many pieces with a rather long name", 5, 10, "half")
    time.sleep(0.3)
    screen.say("said meanwhile")
    screen.progress("paint the first of many pieces with a rather long name", 10, 10)
    screen.say("paint: done")
    screen.say("backup: written")
    time.sleep(0.3)
