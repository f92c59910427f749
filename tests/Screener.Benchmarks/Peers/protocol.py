"""How a peer talks: one command per line on stdin, one line of JSON on stdout. Only the work itself is timed."""
import json
import sys
import time


def serve(commands):
    for line in sys.stdin:
        command = commands[line.strip()]
        start = time.perf_counter()
        result = command()
        seconds = time.perf_counter() - start
        print(json.dumps({'seconds': seconds, **(result or {})}), flush=True)
