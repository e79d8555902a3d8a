/* The clocks are the monotonic one and getrusage, which counts time in the kernel too: system calls are most of what a
 * client costs. The peak comes from /proc. It belongs to the whole life of a process, so each case runs in a fresh
 * one. */
#define _GNU_SOURCE

#include "meter.h"

#include <err.h>
#include <stdio.h>
#include <sys/resource.h>
#include <time.h>

static int64_t timeval_ns(struct timeval t)
{
    return (int64_t)t.tv_sec * 1000000000 + (int64_t)t.tv_usec * 1000;
}

bench_meter bench_meter_now(void)
{
    struct timespec wall;
    struct rusage usage;
    if (clock_gettime(CLOCK_MONOTONIC, &wall) != 0 || getrusage(RUSAGE_SELF, &usage) != 0)
        err(1, "clock");
    return (bench_meter){
        .wall_ns = (int64_t)wall.tv_sec * 1000000000 + wall.tv_nsec,
        .cpu_ns = timeval_ns(usage.ru_utime) + timeval_ns(usage.ru_stime),
    };
}

bench_meter bench_meter_since(bench_meter start)
{
    bench_meter now = bench_meter_now();
    return (bench_meter){.wall_ns = now.wall_ns - start.wall_ns, .cpu_ns = now.cpu_ns - start.cpu_ns};
}

size_t bench_peak_kib(void)
{
    FILE *status = fopen("/proc/self/status", "r");
    if (!status)
        err(1, "/proc/self/status");
    char line[256];
    size_t kib = 0;
    while (kib == 0 && fgets(line, sizeof line, status))
        if (sscanf(line, "VmHWM: %zu kB", &kib) != 1)
            kib = 0;
    fclose(status);
    if (kib == 0)
        errx(1, "/proc/self/status has no VmHWM");
    return kib;
}
