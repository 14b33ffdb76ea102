/* Steps the wall clock of a process, while its monotonic clock goes on as ever.
 *
 * CLOCK_STEP   a file that holds one int64: the seconds by which the wall clock is off
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static const volatile int64_t *step;

#define REAL(name) \
  static __typeof__(&name) real; \
  if (!real) real = (__typeof__(&name))dlsym(RTLD_NEXT, #name)

__attribute__((constructor)) static void begin(void) {
  const char *path = getenv("CLOCK_STEP");
  int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
  if (fd < 0) return;
  void *found = mmap(NULL, sizeof *step, PROT_READ, MAP_SHARED, fd, 0);
  if (found != MAP_FAILED) step = found;
  close(fd);
}

int clock_gettime(clockid_t clock, struct timespec *now) {
  REAL(clock_gettime);
  int failed = real(clock, now);
  if (!failed && step && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) now->tv_sec += *step;
  return failed;
}

int gettimeofday(struct timeval *now, void *zone) {
  REAL(gettimeofday);
  int failed = real(now, zone);
  if (!failed && step) now->tv_sec += *step;
  return failed;
}

time_t time(time_t *now) {
  REAL(time);
  time_t found = real(NULL) + (step ? (time_t)*step : 0);
  if (now) *now = found;
  return found;
}
