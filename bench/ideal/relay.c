/*
 * The least that a TCP relay on epoll and splice can do: one thread for each core with sockets of its own, two descriptors and two flows a
 * connection, one recv and one send for a message, splice for bulk. No timeouts, no retries, no counters, no limits, no logs: what a proxy with
 * the same system calls spends beyond this is its own. A yardstick for comparisons, and no more; it trusts everybody.
 *
 *   relay THREADS LISTEN-PORT ENDPOINT-PORT      both on 127.0.0.1
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BUFFER = 32 * 1024, PIPE = 256 * 1024, EVENTS = 512, FULL_READS = 3, SMALL = 16 * 1024, SMALL_SPLICES = 4 };

struct connection {
    struct side {
        struct connection *owner;
        int fd;
        int pipe[2];     /* what came from here and is spliced; 0 when there is none */
        int piped;
        char *kept;      /* what came from here and did not fit into the other's socket */
        int offset, length;
        int run, splicing, ended;
    } sides[2];
    int connected, dead;
    struct connection *next;
};

struct loop {
    int epoll, listener;
    struct connection *graveyard;
    char buffer[BUFFER];
};

static struct sockaddr_in listen_address, endpoint_address;

static void die(const char *what) {
    perror(what);
    exit(1);
}

static void set(int fd, int level, int option) {
    int one = 1;
    setsockopt(fd, level, option, &one, sizeof one);
}

static void watch(struct loop *loop, struct side *side, uint32_t events) {
    struct epoll_event event = {.events = events | EPOLLET | EPOLLRDHUP, .data.ptr = side};
    epoll_ctl(loop->epoll, EPOLL_CTL_ADD, side->fd, &event);
}

static void finish(struct loop *loop, struct connection *c) {
    if (c->dead) return;
    c->dead = 1;
    for (int i = 0; i < 2; i++) {
        struct side *side = &c->sides[i];
        close(side->fd);
        free(side->kept);
        if (side->pipe[0]) {
            close(side->pipe[0]);
            close(side->pipe[1]);
        }
    }
    /* Other events of this turn may still name it. */
    c->next = loop->graveyard;
    loop->graveyard = c;
}

/* Whether all that came from a side and waits went on to the other. */
static int flush(struct side *from, struct side *to) {
    while (from->length > 0) {
        ssize_t sent = send(to->fd, from->kept + from->offset, from->length, MSG_NOSIGNAL);
        if (sent < 0) return errno == EAGAIN ? 0 : -1;
        from->offset += sent;
        from->length -= sent;
    }
    free(from->kept);
    from->kept = NULL;
    while (from->piped > 0) {
        ssize_t sent = splice(from->pipe[0], NULL, to->fd, NULL, from->piped, SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
        if (sent <= 0) return sent < 0 && errno == EAGAIN ? 0 : -1;
        from->piped -= sent;
    }
    return 1;
}

static ssize_t splice_in(struct side *from) {
    if (!from->pipe[0]) {
        if (pipe2(from->pipe, O_NONBLOCK | O_CLOEXEC)) die("pipe2");
        fcntl(from->pipe[1], F_SETPIPE_SZ, PIPE);
    }
    ssize_t got = splice(from->fd, NULL, from->pipe[1], NULL, PIPE, SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
    if (got > 0) {
        from->piped = got;
        from->run = got < SMALL ? from->run + 1 : 0;
        if (from->run >= SMALL_SPLICES) from->run = from->splicing = 0;
    }
    return got;
}

static ssize_t copy_in(struct loop *loop, struct side *from, struct side *to, int *empty) {
    ssize_t got = recv(from->fd, loop->buffer, BUFFER, 0);
    if (got <= 0) return got;
    *empty = got < BUFFER;
    from->run = got == BUFFER ? from->run + 1 : 0;
    if (from->run >= FULL_READS) {
        from->run = 0;
        from->splicing = 1;
    }
    ssize_t sent = send(to->fd, loop->buffer, got, MSG_NOSIGNAL);
    if (sent < 0 && errno != EAGAIN) return -2;
    if (sent < 0) sent = 0;
    if (sent < got) {
        from->length = got - sent;
        from->offset = 0;
        from->kept = malloc(from->length);
        __builtin_memcpy(from->kept, loop->buffer + sent, from->length);
    }
    return got;
}

/* Moves what can be moved in one direction; -1 when the connection is over. */
static int move(struct loop *loop, struct side *from, struct side *to, int hung_up) {
    for (;;) {
        int flushed = flush(from, to);
        if (flushed <= 0) return flushed;
        if (from->ended) return 0;
        int empty = 0;
        ssize_t got = from->splicing ? splice_in(from) : copy_in(loop, from, to, &empty);
        if (got == 0) {
            from->ended = 1;
            if (to->ended) return -1;
            shutdown(to->fd, SHUT_WR);
            return 0;
        }
        if (got < 0) return got == -1 && errno == EAGAIN ? 0 : -1;
        if (empty && !hung_up && !from->length) return 0;
    }
}

static void on_event(struct loop *loop, struct side *side, uint32_t events) {
    struct connection *c = side->owner;
    if (c->dead) return;
    struct side *other = side == &c->sides[0] ? &c->sides[1] : &c->sides[0];
    if (!c->connected) {
        if (side == &c->sides[0]) return;
        int error = 0;
        socklen_t length = sizeof error;
        getsockopt(side->fd, SOL_SOCKET, SO_ERROR, &error, &length);
        if (error) {
            finish(loop, c);
            return;
        }
        c->connected = 1;
        if (move(loop, other, side, 0) < 0) finish(loop, c);
        return;
    }
    int hung_up = (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0;
    if (events & EPOLLOUT && move(loop, other, side, 0) < 0) {
        finish(loop, c);
        return;
    }
    if (events & ~EPOLLOUT && move(loop, side, other, hung_up) < 0) finish(loop, c);
}

static void accept_all(struct loop *loop) {
    for (;;) {
        int fd = accept4(loop->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0) return;
        int upstream = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        if (upstream < 0) die("socket");
        set(upstream, IPPROTO_TCP, TCP_NODELAY);
        struct connection *c = calloc(1, sizeof *c);
        c->sides[0].owner = c->sides[1].owner = c;
        c->sides[0].fd = fd;
        c->sides[1].fd = upstream;
        if (connect(upstream, (struct sockaddr *)&endpoint_address, sizeof endpoint_address) && errno != EINPROGRESS) {
            finish(loop, c);
            continue;
        }
        watch(loop, &c->sides[0], EPOLLIN | EPOLLOUT);
        watch(loop, &c->sides[1], EPOLLIN | EPOLLOUT);
    }
}

static void *run(void *argument) {
    struct loop *loop = argument;
    struct epoll_event events[EVENTS];
    for (;;) {
        int count = epoll_wait(loop->epoll, events, EVENTS, -1);
        for (int i = 0; i < count; i++) {
            if (events[i].data.ptr == NULL) accept_all(loop);
            else on_event(loop, events[i].data.ptr, events[i].events);
        }
        while (loop->graveyard) {
            struct connection *c = loop->graveyard;
            loop->graveyard = c->next;
            free(c);
        }
    }
    return NULL;
}

static struct loop *open_loop(void) {
    struct loop *loop = calloc(1, sizeof *loop);
    loop->epoll = epoll_create1(EPOLL_CLOEXEC);
    loop->listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    set(loop->listener, SOL_SOCKET, SO_REUSEADDR);
    set(loop->listener, SOL_SOCKET, SO_REUSEPORT);
    set(loop->listener, IPPROTO_TCP, TCP_NODELAY);
    if (bind(loop->listener, (struct sockaddr *)&listen_address, sizeof listen_address)) die("bind");
    struct epoll_event event = {.events = EPOLLIN};
    epoll_ctl(loop->epoll, EPOLL_CTL_ADD, loop->listener, &event);
    return loop;
}

static struct sockaddr_in local(const char *port) {
    return (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(atoi(port)), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

int main(int count, char **arguments) {
    if (count != 4) {
        fputs("usage: relay THREADS LISTEN-PORT ENDPOINT-PORT\n", stderr);
        return 2;
    }
    signal(SIGPIPE, SIG_IGN);
    listen_address = local(arguments[2]);
    endpoint_address = local(arguments[3]);
    int threads = atoi(arguments[1]);
    struct loop *loops[threads];
    for (int i = 0; i < threads; i++) loops[i] = open_loop();
    for (int i = 0; i < threads; i++) if (listen(loops[i]->listener, 4096)) die("listen");
    for (int i = 1; i < threads; i++) {
        pthread_t thread;
        pthread_create(&thread, NULL, run, loops[i]);
    }
    run(loops[0]);
}
