"""What both peers share: the networks, and how a piece of work is timed while other programs run."""
import json
import os
import time
from dataclasses import dataclass


@dataclass
class Net:
    """One sample's shape (channels first), the layers in words, and what they come to."""

    shape: tuple
    layers: str
    params: int
    macs: int  # a sample, forward


INNER = 2 * 64 + 64 * 64 + 64  # multiply-adds of mlp[64,64] of two values
HEAD = "dense {0}, act, drop, dense {0}, act, drop, dense 10"
NETS = {
    "sticknet8": Net((3, 32, 32), "conv 8, act, pool, conv 16, act, pool, seven, " + HEAD.format(128), 119674, 634112),
    "mlp": Net((784,), "dense 64, act, " * 3 + "dense 10", 59210, 59008),
    "yoon": Net((784,), "dense 128, norm, inner, drop, " * 3 + "dense 10", 122187, 117376 + 3 * 64 * INNER),
    "diversity": Net((40,), "dense 100, diversity, dense 10", 5412, 15000),
    "vgg11": Net((3, 32, 32), "conv 64, act, pool, conv 128, act, pool, conv 256, act, conv 256, act, pool, "
                 + "conv 512, act, conv 512, act, pool, " * 2 + HEAD.format(4096), 28144010, 171679744),
}


class Others:
    """The part of the machine that other programs took since this was made; time taken away by a hypervisor is theirs."""

    def __init__(self):
        self.start = self.now()

    def now(self):
        user, nice, system, _, _, irq, softirq, steal = map(int, open("/proc/stat").readline().split()[1:9])
        everybody = (user + nice + system + irq + softirq + steal) / os.sysconf("SC_CLK_TCK")
        return time.perf_counter(), everybody - sum(os.times()[:4])  # this process and its finished children

    def part(self):
        wall, theirs = (now - then for now, then in zip(self.now(), self.start))
        return max(0.0, theirs) / (wall * os.cpu_count())


def report(work, length):
    """`length`: a number of steps and an `x` to do just those; or about how many seconds to measure, after warming up. Prints ms and load."""
    if length.endswith("x"):
        return [work() for _ in range(int(length[:-1]))]
    seconds, calls, begin = float(length), 0, time.perf_counter()
    while calls < 3 or time.perf_counter() - begin < seconds / 3:
        work()
        calls += 1
    times, others, begin = [], Others(), time.perf_counter()
    while len(times) < 5 or time.perf_counter() - begin < seconds:
        start = time.perf_counter()
        work()
        times.append(1e3 * (time.perf_counter() - start))
    times.sort()
    print(json.dumps({"ms": times[len(times) // 2], "min_ms": times[0], "times": len(times), "others": others.part()}))
