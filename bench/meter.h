/* What a measured stretch of the client cost: wall time, CPU time, and the most memory that the process ever held. */
#ifndef BENCH_METER_H
#define BENCH_METER_H

#include <stddef.h>
#include <stdint.h>

typedef struct bench_meter {
    int64_t wall_ns;
    int64_t cpu_ns; /* user and system time of the whole process */
} bench_meter;

/* The two clocks now. */
bench_meter bench_meter_now(void);

/* What they advanced since then. */
bench_meter bench_meter_since(bench_meter start);

/* The peak of the resident memory in KiB (VmHWM). Ends the program where the system does not tell. */
size_t bench_peak_kib(void);

#endif
