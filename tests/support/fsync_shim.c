/*
 * A disk that can be slow, that can fail, and that keeps a diary.
 *
 * Preloaded into a server (LD_PRELOAD), it stands between the program and the C library where
 * durability happens: fsync and fdatasync, and reading from and writing to TCP sockets. It shows
 * what kill -9 cannot, since the page cache outlives a process: whether an answer left the process
 * before the flush that it depends on had ended.
 *
 *   CREEL_SHIM_LOG=FILE        append one line per call, see `note` for its form
 *   CREEL_SHIM_ONLY=TEXT       slow down, fail and count only flushes of files whose name holds TEXT
 *   CREEL_SHIM_FAIL_FROM=K     from the K-th flush on (the first is 1) fail with EIO, flush nothing
 *   CREEL_SHIM_DELAY_MS=N      add N milliseconds to each flush
 *   CREEL_SHIM_CONTROL=FILE    while FILE exists its word wins over the two above, and may change at
 *                              any time: `ok`, `fail` or `delay_ms=N`
 *
 * Nothing here allocates, locks or keeps state per descriptor: what a descriptor is, is asked of the
 * kernel at each call. Without CREEL_SHIM_LOG the socket calls go straight through.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define HEAD_BYTES 16

static int log_fd = -1;
static const char *only;
static const char *control;
static long fail_from;
static long delay_ms;
static atomic_long flushes;

static int (*real_fsync)(int);
static int (*real_fdatasync)(int);
static int (*real_close)(int);
static ssize_t (*real_read)(int, void *, size_t);
static ssize_t (*real_readv)(int, const struct iovec *, int);
static ssize_t (*real_recv)(int, void *, size_t, int);
static ssize_t (*real_recvfrom)(int, void *, size_t, int, struct sockaddr *, socklen_t *);
static ssize_t (*real_write)(int, const void *, size_t);
static ssize_t (*real_writev)(int, const struct iovec *, int);
static ssize_t (*real_send)(int, const void *, size_t, int);
static ssize_t (*real_sendto)(int, const void *, size_t, int, const struct sockaddr *, socklen_t);
static ssize_t (*real_sendmsg)(int, const struct msghdr *, int);

static long number_in(const char *name)
{
    const char *text = getenv(name);
    return text ? strtol(text, NULL, 10) : 0;
}

/* Other constructors may read and write before ours runs, so each wrapper can ask for it. */
__attribute__((constructor)) static void begin(void)
{
    static atomic_int begun;
    if (atomic_exchange(&begun, 1))
        return;
    real_fsync = dlsym(RTLD_NEXT, "fsync");
    real_fdatasync = dlsym(RTLD_NEXT, "fdatasync");
    real_close = dlsym(RTLD_NEXT, "close");
    real_read = dlsym(RTLD_NEXT, "read");
    real_readv = dlsym(RTLD_NEXT, "readv");
    real_recv = dlsym(RTLD_NEXT, "recv");
    real_recvfrom = dlsym(RTLD_NEXT, "recvfrom");
    real_write = dlsym(RTLD_NEXT, "write");
    real_writev = dlsym(RTLD_NEXT, "writev");
    real_send = dlsym(RTLD_NEXT, "send");
    real_sendto = dlsym(RTLD_NEXT, "sendto");
    real_sendmsg = dlsym(RTLD_NEXT, "sendmsg");
    only = getenv("CREEL_SHIM_ONLY");
    control = getenv("CREEL_SHIM_CONTROL");
    fail_from = number_in("CREEL_SHIM_FAIL_FROM");
    delay_ms = number_in("CREEL_SHIM_DELAY_MS");
    const char *log = getenv("CREEL_SHIM_LOG");
    if (log)
        log_fd = (int)syscall(SYS_openat, AT_FDCWD, log,
                              O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

static long long now_ns(void)
{
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    return at.tv_sec * 1000000000LL + at.tv_nsec;
}

/*
 * One line: nanoseconds, thread, call, phase (b, e), descriptor, kind (sock, wal, other), name of
 * the file or `-`, bytes or result, 1 for the beginning of an answer 200, first bytes in hex or `-`.
 * A single write to a file opened for appending: lines of threads do not mix.
 */
static void note(long long at, const char *call, char phase, int fd, const char *kind,
                 const char *name, long bytes, const unsigned char *head, size_t head_bytes)
{
    char hex[2 * HEAD_BYTES + 1] = "-";
    for (size_t n = 0; n < head_bytes; n++)
        snprintf(hex + 2 * n, 3, "%02x", head[n]);
    int is_ok = head_bytes >= 12 && memcmp(head, "HTTP/1.1 200", 12) == 0;
    char line[256];
    int length = snprintf(line, sizeof line, "%lld %ld %s %c %d %s %.100s %ld %d %s\n", at,
                          (long)syscall(SYS_gettid), call, phase, fd, kind, name, bytes, is_ok, hex);
    if (length > 0)
        (void)syscall(SYS_write, log_fd, line, (size_t)length);
}

static int is_watched_socket(int fd)
{
    if (log_fd < 0)
        return 0;
    int saved = errno;
    struct stat status;
    int domain = 0;
    socklen_t size = sizeof domain;
    int yes = fstat(fd, &status) == 0 && S_ISSOCK(status.st_mode)
              && getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &size) == 0
              && (domain == AF_INET || domain == AF_INET6);
    errno = saved;
    return yes;
}

/* The first bytes of a scattered buffer; `bytes` is how many of it were moved. */
static size_t head_of(const struct iovec *parts, size_t count, ssize_t bytes, unsigned char *head)
{
    size_t have = 0;
    size_t left = bytes > 0 ? (size_t)bytes : 0;
    for (size_t n = 0; n < count && have < HEAD_BYTES && left > 0; n++) {
        size_t take = parts[n].iov_len < left ? parts[n].iov_len : left;
        if (take > HEAD_BYTES - have)
            take = HEAD_BYTES - have;
        memcpy(head + have, parts[n].iov_base, take);
        have += take;
        left -= take;
    }
    return have;
}

/* What was read is only known afterwards, and counts from the moment the caller can know it. */
static void note_read(const char *call, int fd, const struct iovec *parts, size_t count, ssize_t got)
{
    if (got <= 0 || !is_watched_socket(fd))
        return;
    int saved = errno;
    unsigned char head[HEAD_BYTES];
    size_t head_bytes = head_of(parts, count, got, head);
    note(now_ns(), call, 'e', fd, "sock", "-", (long)got, head, head_bytes);
    errno = saved;
}

/* What is written may be seen by the other side before the call returns: it is noted before. */
static void note_write(const char *call, int fd, const struct iovec *parts, size_t count)
{
    if (!is_watched_socket(fd))
        return;
    int saved = errno;
    size_t total = 0;
    for (size_t n = 0; n < count; n++)
        total += parts[n].iov_len;
    unsigned char head[HEAD_BYTES];
    size_t head_bytes = head_of(parts, count, (ssize_t)total, head);
    note(now_ns(), call, 'b', fd, "sock", "-", (long)total, head, head_bytes);
    errno = saved;
}

/* The last part of the path behind a descriptor. */
static const char *name_of(int fd, char *path, size_t size)
{
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, size - 1);
    if (length <= 0)
        return "-";
    path[length] = '\0';
    const char *slash = strrchr(path, '/');
    return slash && slash[1] ? slash + 1 : path;
}

static int ends_with(const char *text, const char *end)
{
    size_t length = strlen(text), tail = strlen(end);
    return length >= tail && strcmp(text + length - tail, end) == 0;
}

/* The word of the control file, if there is one: read anew at each flush, which costs far more. */
static int read_control(int *fails, long *wait_ms)
{
    if (!control)
        return 0;
    int fd = (int)syscall(SYS_openat, AT_FDCWD, control, O_RDONLY | O_CLOEXEC, 0);
    if (fd < 0)
        return 0;
    char word[64];
    ssize_t length = syscall(SYS_read, fd, word, sizeof word - 1);
    syscall(SYS_close, fd);
    word[length > 0 ? length : 0] = '\0';
    *fails = strncmp(word, "fail", 4) == 0;
    *wait_ms = strncmp(word, "delay_ms=", 9) == 0 ? strtol(word + 9, NULL, 10) : 0;
    return 1;
}

static int flush(const char *call, int (*real)(int), int fd)
{
    char path[PATH_MAX];
    const char *name = name_of(fd, path, sizeof path);
    const char *kind = ends_with(name, "-wal") ? "wal" : "other";
    int result;
    if (log_fd >= 0)
        note(now_ns(), call, 'b', fd, kind, name, 0, NULL, 0);

    int fails = 0;
    if (!only || strstr(name, only)) {
        long nth = atomic_fetch_add(&flushes, 1) + 1;
        long wait_ms = delay_ms;
        fails = fail_from > 0 && nth >= fail_from;
        read_control(&fails, &wait_ms);
        if (wait_ms > 0) {
            struct timespec rest = {wait_ms / 1000, wait_ms % 1000 * 1000000};
            while (nanosleep(&rest, &rest) != 0 && errno == EINTR)
                ;
        }
    }
    if (fails) {
        result = -1;
        errno = EIO;
    } else {
        result = real(fd);
    }
    int saved = errno;
    if (log_fd >= 0)
        note(now_ns(), call, 'e', fd, kind, name, result, NULL, 0);
    errno = saved;
    return result;
}

int fsync(int fd)
{
    begin();
    return flush("fsync", real_fsync, fd);
}

int fdatasync(int fd)
{
    begin();
    return flush("fdatasync", real_fdatasync, fd);
}

/* A closed descriptor's number is given to the next connection: the reader of the log must know. */
int close(int fd)
{
    begin();
    if (is_watched_socket(fd))
        note(now_ns(), "close", 'b', fd, "sock", "-", 0, NULL, 0);
    return real_close(fd);
}

ssize_t read(int fd, void *buffer, size_t size)
{
    begin();
    ssize_t got = real_read(fd, buffer, size);
    struct iovec part = {buffer, size};
    note_read("read", fd, &part, 1, got);
    return got;
}

ssize_t readv(int fd, const struct iovec *parts, int count)
{
    begin();
    ssize_t got = real_readv(fd, parts, count);
    note_read("readv", fd, parts, (size_t)count, got);
    return got;
}

ssize_t recv(int fd, void *buffer, size_t size, int flags)
{
    begin();
    ssize_t got = real_recv(fd, buffer, size, flags);
    struct iovec part = {buffer, size};
    if (!(flags & MSG_PEEK))
        note_read("recv", fd, &part, 1, got);
    return got;
}

ssize_t recvfrom(int fd, void *buffer, size_t size, int flags, struct sockaddr *from,
                 socklen_t *from_size)
{
    begin();
    ssize_t got = real_recvfrom(fd, buffer, size, flags, from, from_size);
    struct iovec part = {buffer, size};
    if (!(flags & MSG_PEEK))
        note_read("recvfrom", fd, &part, 1, got);
    return got;
}

ssize_t write(int fd, const void *buffer, size_t size)
{
    begin();
    struct iovec part = {(void *)buffer, size};
    note_write("write", fd, &part, 1);
    return real_write(fd, buffer, size);
}

ssize_t writev(int fd, const struct iovec *parts, int count)
{
    begin();
    note_write("writev", fd, parts, (size_t)count);
    return real_writev(fd, parts, count);
}

ssize_t send(int fd, const void *buffer, size_t size, int flags)
{
    begin();
    struct iovec part = {(void *)buffer, size};
    note_write("send", fd, &part, 1);
    return real_send(fd, buffer, size, flags);
}

ssize_t sendto(int fd, const void *buffer, size_t size, int flags, const struct sockaddr *to,
               socklen_t to_size)
{
    begin();
    struct iovec part = {(void *)buffer, size};
    note_write("sendto", fd, &part, 1);
    return real_sendto(fd, buffer, size, flags, to, to_size);
}

ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
    begin();
    note_write("sendmsg", fd, message->msg_iov, message->msg_iovlen);
    return real_sendmsg(fd, message, flags);
}
