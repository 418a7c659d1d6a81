"""A program with two bars, a thread that goes on reporting, and a question in between."""

import threading
import time

from nftforge.cli.prompts import ask_yes
from nftforge.cli.screen import Screen

done = threading.Event()


def report(screen):
    for step in range(1, 10_000):
        screen.progress("first", step, 10_000)
        screen.progress("second", step, 10_000)
        if step == 20:
            screen.say("said meanwhile")
        if done.wait(0.02):
            return


with Screen(str) as screen:
    screen.progress("first", 0, 10_000)
    screen.progress("second", 0, 10_000)
    time.sleep(0.3)
    thread = threading.Thread(target=report, args=(screen,))
    thread.start()
    time.sleep(0.1)
    answer = ask_yes("Really?")
    time.sleep(1.0)
    screen.say("confirm it on the Ledger")
    screen.say(f"answered {answer}")
    time.sleep(1.0)
    done.set()
    thread.join()
