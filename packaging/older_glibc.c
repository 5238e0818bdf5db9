// SPDX-License-Identifier: Apache-2.0
// Stands in for what the compiler's C++ library and others take from a C library newer than glibc 2.28.
#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <stdint.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

// glibc 2.29 has these once more, without the error handling of SVID; the linker's --wrap brings calls here.
#define OLDER(result, name, parameters, arguments)              \
    result older_##name parameters;                             \
    __asm__(".symver older_" #name "," #name "@GLIBC_2.2.5");   \
    result __wrap_##name parameters { return older_##name arguments; }

OLDER(double, exp, (double x), (x))
OLDER(double, log, (double x), (x))
OLDER(double, pow, (double x, double y), (x, y))
OLDER(double, exp2, (double x), (x))
OLDER(double, log2, (double x), (x))

// glibc 2.30: waits until a time of any clock. Here the wait ends at what is the same moment of the clock of the day, as
// the C++ library does it where it has no such function; it looks at its own clock again afterwards.
int __wrap_pthread_cond_clockwait(pthread_cond_t* condition, pthread_mutex_t* mutex, clockid_t clock,
                                  const struct timespec* end) {
    const long second_ns = 1000000000L;
    struct timespec now, day;
    if (clock_gettime(clock, &now) != 0 || clock_gettime(CLOCK_REALTIME, &day) != 0) return EINVAL;
    day.tv_sec += end->tv_sec - now.tv_sec;
    day.tv_nsec += end->tv_nsec - now.tv_nsec;
    if (day.tv_nsec < 0) {
        day.tv_nsec += second_ns;
        --day.tv_sec;
    } else if (day.tv_nsec >= second_ns) {
        day.tv_nsec -= second_ns;
        ++day.tv_sec;
    }
    return pthread_cond_timedwait(condition, mutex, &day);
}

// glibc 2.32: whether the process has one thread, which lets the C++ library count references without atomics. No.
char __libc_single_threaded = 0;

// glibc 2.36.
uint32_t arc4random(void) {
    uint32_t value = 0;
    while (getentropy(&value, sizeof value) != 0) {
    }
    return value;
}
