/* A wall clock that can be turned while a program runs: CLOCK_REALTIME plus the seconds that the file
   of TURNED_CLOCK holds. To be preloaded; the other clocks are left alone. */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int clock_gettime(clockid_t clock, struct timespec *now)
{
    int result = (int)syscall(SYS_clock_gettime, clock, now);
    const char *path = clock == CLOCK_REALTIME ? getenv("TURNED_CLOCK") : NULL;
    FILE *file = path ? fopen(path, "r") : NULL;
    if (file) {
        long long seconds = 0;
        if (fscanf(file, "%lld", &seconds) == 1)
            now->tv_sec += seconds;
        fclose(file);
    }
    return result;
}
