"""How a peer talks: one command per line on stdin, one line of JSON on stdout. Only the work itself is timed."""
import json
import os
import sys
import time


clock = time.process_time if os.environ.get('SCREENER_BENCHMARK_CLOCK') == 'processor' else time.perf_counter


def serve(commands):
    for line in sys.stdin:
        command = commands[line.strip()]
        start = clock()
        result = command()
        seconds = clock() - start
        print(json.dumps({'seconds': seconds, **(result or {})}), flush=True)
