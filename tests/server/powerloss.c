/* Writes down what happens to the files of one directory, so that a power cut can be played.
 *
 * POWERLOSS_DIRECTORY   the directory: no slash at its end, no directories in it
 * POWERLOSS_JOURNAL     a file elsewhere, to which every process appends records
 * POWERLOSS_FULL        while this file exists there is no space left in the directory
 * POWERLOSS_BROKEN      while this file exists nothing of it can be synced
 * POWERLOSS_SLOW        while this file exists a sync takes half a second more
 *
 * A record is written after what it tells of has succeeded, but for the removal of a name: so what
 * was not written down has not reached the disk, and what one call relies on stands before it.
 * Mapped memory is not seen: SQLite maps its -shm alone, which it makes anew from the log.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

enum { OPENED = 'o', WRITTEN = 'w', CUT = 't', SYNCED = 's', SYNCED_NAMES = 'd', REMOVED = 'u', RENAMED = 'r' };

struct head {
  uint64_t what, inode, offset, length; /* followed by that many bytes */
};

enum { FILES = 4096 };
static char watched[FILES]; /* 1: a file of the directory; 2: the directory itself */
static char directory[PATH_MAX];
static size_t directory_length;
static const char *full, *broken, *slow;
static int journal = -1;

#define REAL(name) \
  static __typeof__(&name) real; \
  if (!real) real = (__typeof__(&name))dlsym(RTLD_NEXT, #name)

static int real_open(const char *path, int flags, mode_t mode) {
  REAL(open64);
  return real(path, flags, mode);
}

__attribute__((constructor)) static void begin(void) {
  const char *given = getenv("POWERLOSS_DIRECTORY"), *kept = getenv("POWERLOSS_JOURNAL");
  full = getenv("POWERLOSS_FULL");
  broken = getenv("POWERLOSS_BROKEN");
  slow = getenv("POWERLOSS_SLOW");
  if (given && realpath(given, directory)) directory_length = strlen(directory);
  if (kept) journal = real_open(kept, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

static void tell(int what, uint64_t inode, uint64_t offset, const void *bytes, size_t length) {
  struct head head = {(uint64_t)what, inode, offset, length};
  struct iovec parts[] = {{&head, sizeof head}, {(void *)bytes, length}};
  int error = errno;
  if (journal >= 0 && writev(journal, parts, 2) != (ssize_t)(sizeof head + length)) abort();
  errno = error;
}

static uint64_t inode_of(int fd) {
  struct stat found;
  return fstat(fd, &found) ? 0 : (uint64_t)found.st_ino;
}

static int kind_of(int fd) { return fd >= 0 && fd < FILES ? watched[fd] : 0; }

static const char *name_in_directory(const char *path) {
  if (!directory_length || strncmp(path, directory, directory_length)) return NULL;
  if (path[directory_length] == 0) return "";
  return path[directory_length] == '/' ? path + directory_length + 1 : NULL;
}

static int fails(const char *while_it_exists, int error) {
  if (!while_it_exists || access(while_it_exists, F_OK)) return 0;
  errno = error;
  return 1;
}

static int no_space(void) { return fails(full, ENOSPC); }

static int watch(int fd, const char *name) {
  if (fd < 0) return fd;
  if (fd >= FILES) abort();
  watched[fd] = name == NULL ? 0 : *name ? 1 : 2;
  if (name && *name) tell(OPENED, inode_of(fd), 0, name, strlen(name));
  return fd;
}

static int opened(const char *path, int flags, mode_t mode) {
  const char *name = name_in_directory(path);
  if (name && *name && (flags & O_CREAT) && access(path, F_OK) && no_space()) return -1;
  return watch(real_open(path, flags, mode), name);
}

#define MODE(flags) \
  mode_t mode = 0; \
  if ((flags) & (O_CREAT | O_TMPFILE)) { \
    va_list rest; \
    va_start(rest, flags); \
    mode = va_arg(rest, mode_t); \
    va_end(rest); \
  }

int open(const char *path, int flags, ...) {
  MODE(flags)
  return opened(path, flags, mode);
}

int open64(const char *path, int flags, ...) {
  MODE(flags)
  return opened(path, flags, mode);
}

int close(int fd) {
  REAL(close);
  if (kind_of(fd)) watched[fd] = 0;
  return real(fd);
}

ssize_t pwrite64(int fd, const void *bytes, size_t length, off64_t offset) {
  REAL(pwrite64);
  if (kind_of(fd) == 1 && no_space()) return -1;
  ssize_t done = real(fd, bytes, length, offset);
  if (done > 0 && kind_of(fd) == 1) tell(WRITTEN, inode_of(fd), (uint64_t)offset, bytes, (size_t)done);
  return done;
}

ssize_t pwrite(int fd, const void *bytes, size_t length, off_t offset) {
  return pwrite64(fd, bytes, length, offset);
}

ssize_t write(int fd, const void *bytes, size_t length) {
  REAL(write);
  if (kind_of(fd) != 1) return real(fd, bytes, length);
  if (no_space()) return -1;
  off64_t offset = lseek64(fd, 0, SEEK_CUR);
  ssize_t done = real(fd, bytes, length);
  if (done > 0) tell(WRITTEN, inode_of(fd), (uint64_t)offset, bytes, (size_t)done);
  return done;
}

int ftruncate64(int fd, off64_t length) {
  REAL(ftruncate64);
  int failed = real(fd, length);
  if (!failed && kind_of(fd) == 1) tell(CUT, inode_of(fd), (uint64_t)length, "", 0);
  return failed;
}

int ftruncate(int fd, off_t length) { return ftruncate64(fd, length); }

static int synced(int fd, int failed) {
  if (kind_of(fd) && slow && !access(slow, F_OK)) usleep(500000);
  if (!failed && kind_of(fd)) tell(kind_of(fd) == 1 ? SYNCED : SYNCED_NAMES, inode_of(fd), 0, "", 0);
  return failed;
}

int fsync(int fd) {
  REAL(fsync);
  if (kind_of(fd) && fails(broken, EIO)) return -1;
  return synced(fd, real(fd));
}

int fdatasync(int fd) {
  REAL(fdatasync);
  if (kind_of(fd) && fails(broken, EIO)) return -1;
  return synced(fd, real(fd));
}

static void tell_removed(const char *path) {
  const char *name = name_in_directory(path);
  struct stat found;
  if (name && !stat(path, &found)) tell(REMOVED, (uint64_t)found.st_ino, 0, name, strlen(name));
}

int unlink(const char *path) {
  REAL(unlink);
  tell_removed(path);
  return real(path);
}

int rename(const char *from, const char *to) {
  REAL(rename);
  /* nothing here renames files of the directory; whoever begins to must teach this file */
  if (name_in_directory(from) || name_in_directory(to)) abort();
  return real(from, to);
}
