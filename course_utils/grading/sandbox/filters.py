"""Which system calls a student's code may make: a list, written by libseccomp.

Everything that is not listed does not exist (ENOSYS), which is also what programs are
prepared for when a newer C library tries a newer call. Not listed, among many others:
mount and its kin, unshare, setns, ptrace, process_vm_readv, kcmp, bpf, io_uring,
perf_event_open, userfaultfd, keyctl, open_by_handle_at; inotify and flock, which tell
who else opens the libraries that all share; memfd_create, System V shared memory and
anonymous shared mappings (memory that nobody counts where there are no cgroups); and
clone3, whose flags a filter cannot see; the C library then uses clone, whose flags it
can.
"""

from __future__ import annotations

import errno
import functools
import socket
import tempfile

from course_utils.grading.errors import GradingError

_ALLOWED = """
accept accept4 access alarm arch_prctl bind brk capget chdir chmod clock_getres
clock_gettime clock_nanosleep close close_range connect copy_file_range creat dup dup2
dup3 epoll_create epoll_create1 epoll_ctl epoll_ctl_old epoll_pwait epoll_pwait2
epoll_wait eventfd eventfd2 execve execveat exit exit_group faccessat faccessat2
fadvise64 fallocate fchdir fchmod fchmodat fdatasync fgetxattr flistxattr fork fstat
fstatfs fsync ftruncate futex futex_waitv get_mempolicy get_robust_list getcpu getcwd
getdents getdents64 getegid geteuid getgid getgroups getitimer getpeername getpgid
getpgrp getpid getppid getpriority getrandom getresgid getresuid getrlimit getrusage
getsid getsockname getsockopt gettid gettimeofday getuid getxattr kill lgetxattr link
linkat listen listxattr llistxattr lseek lstat madvise membarrier mkdir mkdirat mprotect
mremap msync munmap nanosleep newfstatat open openat openat2 pause pipe pipe2 poll ppoll
prctl pread64 preadv preadv2 pselect6 pwrite64 pwritev pwritev2 read readlink readlinkat
readv rename renameat renameat2 restart_syscall riscv_flush_icache riscv_hwprobe rmdir
rseq rt_sigaction rt_sigpending rt_sigprocmask rt_sigqueueinfo rt_sigreturn
rt_sigsuspend rt_sigtimedwait rt_tgsigqueueinfo sched_get_priority_max
sched_get_priority_min sched_getaffinity sched_getattr sched_getparam sched_getscheduler
sched_rr_get_interval sched_setaffinity sched_yield select sendfile set_robust_list
set_tid_address setitimer setpgid setpriority setsid setsockopt shutdown sigaltstack
splice stat statfs statx symlink symlinkat sysinfo tee tgkill time timer_create
timer_delete timer_getoverrun timer_gettime timer_settime timerfd_create timerfd_gettime
timerfd_settime times tkill truncate umask uname unlink unlinkat utime utimensat utimes
vfork vmsplice wait4 waitid write writev
"""

# CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET
_NAMESPACES = 0x7E020000
# TCGETS, TIOCGPGRP, TIOCGWINSZ, FIONREAD, FIONBIO, FIONCLEX, FIOCLEX: questions, and
# flags of one's own descriptors. No TIOCSTI, which types into a terminal.
_REQUESTS = (0x5401, 0x540F, 0x5413, 0x541B, 0x5421, 0x5450, 0x5451)
# F_DUPFD to F_SETLKW, F_DUPFD_CLOEXEC, F_SETPIPE_SZ, F_GETPIPE_SZ. No F_NOTIFY and no
# leases, which tell who else opens a file.
_COMMANDS = (*range(8), 1030, 1031, 1032)
# Where a call's flags stand. Out-of-band bytes between Unix sockets, which nobody
# needs, have been a way into the kernel (CVE-2025-38236).
_FLAGS = {"sendto": 3, "sendmsg": 2, "sendmmsg": 3}
_FLAGS |= {"recvfrom": 3, "recvmsg": 2, "recvmmsg": 3}
_MAP_SHARED, _MAP_ANONYMOUS = 1, 0x20
_LIMITS = (*range(4), *range(5, 16))  # all but RLIMIT_CORE


@functools.cache
def program() -> bytes:
    """The filter as BPF instructions for this machine's processor.

    Raises:
        GradingError: libseccomp, or its binding pyseccomp, is missing.
    """
    try:
        import pyseccomp as seccomp
    except (ImportError, OSError, RuntimeError) as error:
        raise GradingError(
            f"libseccomp cannot be used ({error}): sudo apt install libseccomp2, and "
            "pip install pyseccomp"
        ) from None
    rules = seccomp.SyscallFilter(seccomp.ERRNO(errno.ENOSYS))
    for name in _ALLOWED.split():
        _allow(seccomp, rules, name)
    plain = seccomp.Arg(0, seccomp.MASKED_EQ, _NAMESPACES, 0)
    _allow(seccomp, rules, "clone", plain)
    for name in ("socket", "socketpair"):
        local = seccomp.Arg(0, seccomp.EQ, socket.AF_UNIX)
        _allow(seccomp, rules, name, local)
    # What a program without a network is told anywhere; urllib and Keras understand it.
    for family in (socket.AF_INET, socket.AF_INET6):
        rules.add_rule(
            seccomp.ERRNO(errno.ENETUNREACH),
            "socket",
            seccomp.Arg(0, seccomp.EQ, family),
        )
    for request in _REQUESTS:
        low = seccomp.Arg(1, seccomp.MASKED_EQ, 0xFFFFFFFF, request)
        _allow(seccomp, rules, "ioctl", low)
    for command in _COMMANDS:
        _allow(seccomp, rules, "fcntl", seccomp.Arg(1, seccomp.EQ, command))
    for name, place in _FLAGS.items():
        plain = seccomp.Arg(place, seccomp.MASKED_EQ, socket.MSG_OOB, 0)
        _allow(seccomp, rules, name, plain)
    _memory_and_limits(seccomp, rules)
    with tempfile.TemporaryFile() as file:
        rules.export_bpf(file)
        file.seek(0)
        return file.read()


def _memory_and_limits(seccomp, rules) -> None:
    """Mappings whose pages are counted, and every limit but that of core dumps."""
    both = _MAP_SHARED | _MAP_ANONYMOUS
    for flags in (0, _MAP_SHARED, _MAP_ANONYMOUS):
        _allow(seccomp, rules, "mmap", seccomp.Arg(3, seccomp.MASKED_EQ, both, flags))
    too_much = seccomp.Arg(3, seccomp.MASKED_EQ, both, both)
    rules.add_rule(seccomp.ERRNO(errno.ENOMEM), "mmap", too_much)
    for limit in _LIMITS:
        _allow(seccomp, rules, "prlimit64", seccomp.Arg(1, seccomp.EQ, limit))
        _allow(seccomp, rules, "setrlimit", seccomp.Arg(0, seccomp.EQ, limit))
    _allow(seccomp, rules, "prlimit64", seccomp.Arg(2, seccomp.EQ, 0))  # asks only


def _allow(seccomp, rules, name: str, *conditions) -> None:
    """Allow a call, unless this processor or libseccomp has none of that name."""
    try:
        known = seccomp.resolve_syscall(seccomp.system_arch(), name)
    except (OSError, ValueError):
        return
    if known != -1:
        rules.add_rule(seccomp.ALLOW, name, *conditions)
