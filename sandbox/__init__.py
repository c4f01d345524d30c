"""The outside world on localhost: YouTube, a shop, feeds and Hacker News over real HTTP, with an audience, faults and a clock.

Written from the platforms' documented behaviour and not from our clients, so that a client that is wrong fails here too.
Imports nothing else of the project.
"""
