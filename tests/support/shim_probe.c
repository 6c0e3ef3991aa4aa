/*
 * A server as small as can be, with its client in the same process: what the shim is tried on.
 *
 *   shim_probe FILE COUNT [lie]
 *
 * Takes COUNT requests over TCP, appends each to FILE, flushes, answers 200; when the flush fails it
 * answers 503. With `lie` it answers first and flushes afterwards. Prints how many were acknowledged
 * and how many microseconds the slowest flush took.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

static int flush(int file, long *slowest_us)
{
    struct timespec begin, end;
    clock_gettime(CLOCK_MONOTONIC, &begin);
    int result = fdatasync(file);
    clock_gettime(CLOCK_MONOTONIC, &end);
    long us = (end.tv_sec - begin.tv_sec) * 1000000 + (end.tv_nsec - begin.tv_nsec) / 1000;
    if (us > *slowest_us)
        *slowest_us = us;
    return result;
}

static void answer(int connection, int is_stored)
{
    char head[] = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n";
    char body[] = "{}";
    if (!is_stored)
        memcpy(head + 9, "503", 3);
    struct iovec parts[2] = {{head, strlen(head)}, {body, 2}};
    if (writev(connection, parts, 2) < 0)
        exit(3);
}

int main(int argc, char **argv)
{
    if (argc < 3)
        return 2;
    int count = atoi(argv[2]);
    int lies = argc > 3 && strcmp(argv[3], "lie") == 0;
    int file = open(argv[1], O_WRONLY | O_CREAT | O_APPEND, 0600);
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    if (file < 0 || bind(listener, (struct sockaddr *)&address, size) != 0
        || listen(listener, 8) != 0
        || getsockname(listener, (struct sockaddr *)&address, &size) != 0)
        return 3;

    int acknowledged = 0;
    long slowest_us = 0;
    for (int n = 0; n < count; n++) {
        /* A connection each: descriptors are used again, as in life. */
        int client = socket(AF_INET, SOCK_STREAM, 0);
        if (connect(client, (struct sockaddr *)&address, size) != 0)
            return 3;
        int server = accept(listener, NULL, NULL);
        const char request[] = "POST /webhooks/azure HTTP/1.1\r\ncontent-length: 2\r\n\r\n{}";
        char buffer[512];
        if (send(client, request, strlen(request), 0) < 0 || recv(server, buffer, 512, 0) <= 0)
            return 3;
        if (write(file, request, strlen(request)) < 0)
            return 3;
        if (lies) {
            answer(server, 1);
            flush(file, &slowest_us);
        } else {
            answer(server, flush(file, &slowest_us) == 0);
        }
        ssize_t got = read(client, buffer, sizeof buffer);
        acknowledged += got > 12 && memcmp(buffer, "HTTP/1.1 200", 12) == 0;
        close(client);
        close(server);
    }
    printf("%d %ld\n", acknowledged, slowest_us);
    return 0;
}
