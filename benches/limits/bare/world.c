/* The world `default` made by hand, as plainly and as fast as it goes: what a case is measured against.
 *
 * `/…/world DIR` makes one world for each line of its standard input and says so when all in it has ended. The files of /etc
 * are those of DIR. What is executed inside is `/…/world`, which asks getaddrinfo(3) once; the reply is written here
 * beforehand, and sent from outside. With `/…/world DIR TIMES` it is `/…/world ask TIMES`, which asks so many times, and
 * writes how many nanoseconds that took. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netdb.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define NAME "a.test"
#define ADDRESS "192.0.2.1"

static const char *const NAMES[] = {"host.conf", "hosts", "networks", "nsswitch.conf", "protocols", "resolv.conf", "services"};
enum { FILES = sizeof NAMES / sizeof *NAMES };
static char texts[FILES][8192];
static size_t lengths[FILES];
static char uid_map[64], gid_map[64];

static void must(int good, const char *doing) {
    if (!good) {
        perror(doing);
        exit(1);
    }
}

static void put(const char *path, const char *text, size_t length, int flags) {
    int fd = open(path, O_WRONLY | O_CLOEXEC | flags, 0644);
    must(fd >= 0 && write(fd, text, length) == (ssize_t)length, path);
    close(fd);
}

/* The program inside. */
static int ask(void) {
    struct addrinfo hints = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM}, *found;
    if (getaddrinfo(NAME, NULL, &hints, &found) != 0) return 2;
    int right = ((struct sockaddr_in *)found->ai_addr)->sin_addr.s_addr == inet_addr(ADDRESS);
    freeaddrinfo(found);
    return right ? 0 : 3;
}

static int ask_often(int times) {
    struct timespec begun, ended;
    /* The first reads the configuration. */
    for (int i = 0; i < times; i++) {
        if (i == 1) clock_gettime(CLOCK_MONOTONIC, &begun);
        int wrong = ask();
        if (wrong) return wrong;
    }
    clock_gettime(CLOCK_MONOTONIC, &ended);
    printf("%lld\n", (ended.tv_sec - begun.tv_sec) * 1000000000LL + ended.tv_nsec - begun.tv_nsec);
    return 0;
}

/* A message that sets an address of lo. */
struct setting {
    struct nlmsghdr head;
    struct ifaddrmsg address;
    struct rtattr local_head;
    unsigned char local[16];
};

static size_t setting(struct setting *to, int family, const char *address, int prefix) {
    size_t length = family == AF_INET ? 4 : 16;
    memset(to, 0, sizeof *to);
    to->head.nlmsg_len = NLMSG_LENGTH(sizeof to->address) + RTA_LENGTH(length);
    to->head.nlmsg_type = RTM_NEWADDR;
    to->head.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL;
    to->address.ifa_family = family;
    to->address.ifa_prefixlen = prefix;
    to->address.ifa_flags = family == AF_INET6 ? IFA_F_NODAD : 0;
    to->address.ifa_index = 1;
    to->local_head.rta_type = IFA_LOCAL;
    to->local_head.rta_len = RTA_LENGTH(length);
    inet_pton(family, address, to->local);
    return to->head.nlmsg_len;
}

static void send_netlink(int fd, const void *message, size_t length) {
    char answer[256];
    must(send(fd, message, length, 0) == (ssize_t)length, "netlink");
    must(recv(fd, answer, sizeof answer, 0) >= 20 && ((struct nlmsgerr *)NLMSG_DATA(answer))->error == 0, "netlink");
}

static void network(void) {
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
    struct {
        struct nlmsghdr head;
        struct ifinfomsg link;
    } up = {{.nlmsg_len = sizeof up, .nlmsg_type = RTM_NEWLINK, .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK},
            {.ifi_index = 1, .ifi_flags = IFF_UP, .ifi_change = IFF_UP}};
    send_netlink(fd, &up, sizeof up);
    struct setting address;
    send_netlink(fd, &address, setting(&address, AF_INET, "192.0.2.10", 24));
    send_netlink(fd, &address, setting(&address, AF_INET6, "2001:db8::10", 64));
    close(fd);
}

/* Binds a nameserver's sockets and hands them out. */
static void nameserver(int outside) {
    struct sockaddr_in here = {.sin_family = AF_INET, .sin_port = htons(53), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fds[2] = {socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    must(bind(fds[0], (void *)&here, sizeof here) == 0, "bind");
    must(bind(fds[1], (void *)&here, sizeof here) == 0 && listen(fds[1], 128) == 0, "bind");
    char space[CMSG_SPACE(sizeof fds)] = {0}, byte = 0;
    struct iovec part = {&byte, 1};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = space, .msg_controllen = sizeof space};
    struct cmsghdr *rights = CMSG_FIRSTHDR(&message);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(sizeof fds);
    memcpy(CMSG_DATA(rights), fds, sizeof fds);
    must(sendmsg(outside, &message, 0) == 1, "sendmsg");
}

static void attributes(const char *path, int flags, unsigned long set, unsigned long clear) {
    unsigned long attributes[4] = {set, clear};
    must(syscall(SYS_mount_setattr, AT_FDCWD, path, flags, attributes, sizeof attributes) == 0, path);
}

/* Makes the machine read-only, and its devices to files but for some. */
static void confine(void) {
    static const char *const DEVICES[] = {"/dev/full", "/dev/null", "/dev/random", "/dev/tty", "/dev/urandom", "/dev/zero"};
    enum { COUNT = sizeof DEVICES / sizeof *DEVICES, READ_ONLY = 1, NO_DEVICES = 4, RECURSIVE = 0x8000 };
    int root = geteuid() == 0;
    for (int i = 0; root && i < COUNT; i++) must(mount(DEVICES[i], DEVICES[i], NULL, MS_BIND, NULL) == 0, DEVICES[i]);
    attributes("/", RECURSIVE, READ_ONLY | (root ? NO_DEVICES : 0), 0);
    attributes("/etc", 0, 0, READ_ONLY);
    attributes("/dev/shm", 0, 0, READ_ONLY);
    for (int i = 0; root && i < COUNT; i++) attributes(DEVICES[i], 0, 0, NO_DEVICES);
}

static void inside(int outside) {
    char byte;
    must(read(outside, &byte, 1) == 1, "waiting for the id maps");
    must(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0, "private mounts");
    must(chdir("/etc") == 0, "chdir");
    must(mount("tmpfs", "/etc", "tmpfs", MS_NOSUID | MS_NODEV, "mode=0755") == 0, "tmpfs");
    must(mkdir("/etc/nothing", 0755) == 0 && mkdir("/etc/scratch", 01777) == 0, "mkdir");
    must(mount("/etc/nothing", "/run", NULL, MS_BIND, NULL) == 0, "/run");
    must(mount("/etc/scratch", "/dev/shm", NULL, MS_BIND, NULL) == 0, "/dev/shm");
    must(mkdir("/etc/upper", 0755) == 0 && mkdir("/etc/work", 0755) == 0, "mkdir");
    char path[64] = "/etc/upper/";
    for (int i = 0; i < FILES; i++) {
        strcpy(path + 11, NAMES[i]);
        put(path, texts[i], lengths[i], O_CREAT | O_EXCL);
    }
    must(mknod("/etc/upper/gai.conf", S_IFCHR, 0) == 0, "mknod");
    must(mount("overlay", "/etc", "overlay", MS_NOSUID | MS_NODEV,
               "lowerdir=.,upperdir=/etc/upper,workdir=/etc/work,userxattr") == 0, "overlay");
    must(chdir("/") == 0, "chdir");
    must(mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) == 0, "proc");
    network();
    must(sethostname("box", 3) == 0, "sethostname");
    nameserver(outside);
    confine();
}

/* Answers so many queries. */
static void answer(int outside, int times) {
    int fds[2] = {-1, -1};
    char space[CMSG_SPACE(sizeof fds)], byte;
    struct iovec part = {&byte, 1};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = space, .msg_controllen = sizeof space};
    must(recvmsg(outside, &message, MSG_CMSG_CLOEXEC) == 1, "recvmsg");
    memcpy(fds, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof fds);
    static const unsigned char found[] = {0xc0, 12, 0, 1, 0, 1, 0, 0, 1, 44, 0, 4};
    in_addr_t address = inet_addr(ADDRESS);
    while (times-- > 0) {
        unsigned char packet[512];
        struct sockaddr_in from;
        socklen_t size = sizeof from;
        ssize_t length = recvfrom(fds[0], packet, sizeof packet - 32, 0, (void *)&from, &size);
        must(length > 12, "recvfrom");
        packet[2] |= 0x84;
        packet[7] = 1;
        memcpy(packet + length, found, sizeof found);
        memcpy(packet + length + sizeof found, &address, 4);
        length += sizeof found + 4;
        must(sendto(fds[0], packet, length, 0, (void *)&from, size) == length, "sendto");
    }
    close(fds[0]);
    close(fds[1]);
}

static void make(char *const *program, int times) {
    int pair[2];
    char path[64];
    must(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == 0, "socketpair");
    long flags = CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWPID | CLONE_NEWUTS | CLONE_NEWIPC | SIGCHLD;
    pid_t pid = syscall(SYS_clone, flags, 0L, 0L, 0L, 0L);
    must(pid >= 0, "clone");
    if (pid == 0) {
        close(pair[0]);
        inside(pair[1]);
        execv(program[0], program);
        _exit(127);
    }
    close(pair[1]);
    sprintf(path, "/proc/%d/setgroups", pid);
    if (geteuid() != 0) put(path, "deny", 4, 0);
    sprintf(path, "/proc/%d/uid_map", pid);
    put(path, uid_map, strlen(uid_map), 0);
    sprintf(path, "/proc/%d/gid_map", pid);
    put(path, gid_map, strlen(gid_map), 0);
    must(write(pair[0], "", 1) == 1, "write");
    answer(pair[0], times);
    int status;
    must(waitpid(pid, &status, 0) == pid, "waitpid");
    if (status != 0) {
        fprintf(stderr, "the program inside ended with status %#x\n", status);
        exit(1);
    }
    close(pair[0]);
}

/* Whoever is root maps every id that it may, as the sandboxes do. */
static void maps(char *map, const char *path, unsigned own) {
    unsigned inside, outside, count;
    FILE *file = fopen(path, "r");
    must(file && fscanf(file, "%u %u %u", &inside, &outside, &count) == 3, path);
    fclose(file);
    if (geteuid() == 0) sprintf(map, "%u %u %u\n", inside, inside, count);
    else sprintf(map, "0 %u 1\n", own);
}

int main(int count, char **arguments) {
    if (count < 2) return ask();
    int times = count > 2 ? atoi(arguments[2]) : 1;
    if (strcmp(arguments[1], "ask") == 0) return ask_often(times);
    for (int i = 0; i < FILES; i++) {
        char path[4096];
        snprintf(path, sizeof path, "%s/%s", arguments[1], NAMES[i]);
        int fd = open(path, O_RDONLY);
        must(fd >= 0, path);
        lengths[i] = read(fd, texts[i], sizeof texts[i]);
        close(fd);
    }
    maps(uid_map, "/proc/self/uid_map", geteuid());
    maps(gid_map, "/proc/self/gid_map", getegid());
    char *const once[] = {arguments[0], NULL}, *const often[] = {arguments[0], "ask", arguments[2], NULL};
    char line[8];
    while (fgets(line, sizeof line, stdin)) {
        alarm(30); /* ends what hangs */
        make(count > 2 ? often : once, times);
        alarm(0);
        if (count == 2) puts("made");
        fflush(stdout);
    }
    return 0;
}
