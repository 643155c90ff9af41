//! Attacks on the sandbox: each is a small program that tries what a hostile delivery would. A sandbox that can not be
//! proved on this machine skips them loudly, or fails them where `WORKSAMPLE_TEST_REQUIRE=all`.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt as _, symlink};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use worksample::acceptance::{CommandRun, Exit, Limit};
use worksample::sandbox::{Sandbox, SandboxRefusal, SandboxRequest, TreeError, WorkTree};
use worksample::spec::{File, SandboxNeeds, Toolchain, Tree};

/// The machine's sandbox, or a loud word that these tests say nothing here.
pub fn sandbox() -> Option<&'static Sandbox> {
    static PROVED: OnceLock<Result<Sandbox, SandboxRefusal>> = OnceLock::new();
    match PROVED.get_or_init(|| Sandbox::prove(&[Toolchain::Python])) {
        Ok(sandbox) => Some(sandbox),
        Err(refusal) => {
            crate::support::skip(&format!("there is no sandbox on this machine: {refusal}"));
            None
        }
    }
}

/// Leaves the test unless there is a sandbox.
macro_rules! sandbox_or_skip {
    () => {
        match sandbox() {
            Some(sandbox) => sandbox,
            None => return,
        }
    };
}

const DONE: Exit = Exit::Code { code: 0 };

fn needs() -> SandboxNeeds {
    SandboxNeeds {
        toolchain: vec![Toolchain::Python],
        wall_seconds: 120,
        cpu_seconds: 120,
        memory_mib: 256,
        processes: 32,
        file_mib: 16,
        output_kib: 16,
        ..SandboxNeeds::default()
    }
}

fn run_in(sandbox: &Sandbox, work: &WorkTree, command: &[&str], needs: SandboxNeeds) -> CommandRun {
    let request = SandboxRequest {
        command: command.iter().map(|part| (*part).to_owned()).collect(),
        work: work.path().to_owned(),
        build: work.build().to_owned(),
        needs,
        wall: None,
    };
    sandbox.run_blocking(&request).unwrap()
}

fn shell_with(sandbox: &Sandbox, script: &str, needs: SandboxNeeds) -> CommandRun {
    let work = WorkTree::empty().unwrap();
    run_in(sandbox, &work, &["sh", "-c", script], needs)
}

fn shell(sandbox: &Sandbox, script: &str) -> CommandRun {
    shell_with(sandbox, script, needs())
}

/// Runs a Python program that prints what it got away with; a good sandbox lets it print nothing.
fn harmless(sandbox: &Sandbox, program: &str) {
    let work = WorkTree::empty().unwrap();
    let run = run_in(sandbox, &work, &["python3", "-I", "-c", program], needs());
    assert_eq!(run.stdout.head, "", "{run:?}");
    assert_eq!(run.exit, DONE, "{run:?}");
}

fn limit(run: &CommandRun) -> Limit {
    match run.exit {
        Exit::LimitReached { limit } => limit,
        ref other => panic!("no limit was reached but {other:?}: {run:?}"),
    }
}

#[test]
fn what_may_be_done_can_be_done() {
    let sandbox = sandbox_or_skip!();
    let work = WorkTree::empty().unwrap();
    let script =
        "echo out; echo err >&2; echo kept > file; mkdir -p a/b; cat /etc/passwd > /tmp/x; exit 7";
    let run = run_in(sandbox, &work, &["sh", "-c", script], needs());
    assert_eq!(run.exit, Exit::Code { code: 7 });
    assert_eq!(
        (run.stdout.head.as_str(), run.stderr.head.as_str()),
        ("out\n", "err\n")
    );
    assert_eq!(work.read("file", 10).unwrap().unwrap(), b"kept\n");
}

#[test]
fn programs_inside_can_talk_to_themselves_over_the_loopback() {
    let sandbox = sandbox_or_skip!();
    let program = "
import socket, threading
server = socket.create_server(('127.0.0.1', 0))
threading.Thread(target=lambda: server.accept()[0].sendall(b'hello')).start()
client = socket.create_connection(server.getsockname())
assert client.recv(5) == b'hello'";
    harmless(sandbox, program);
}

#[test]
fn a_program_that_is_not_there_is_not_started() {
    let sandbox = sandbox_or_skip!();
    let work = WorkTree::empty().unwrap();
    let run = run_in(sandbox, &work, &["no-such-program"], needs());
    assert!(matches!(run.exit, Exit::NotStarted { .. }), "{run:?}");
}

#[test]
fn a_signal_that_ends_the_command_is_reported() {
    let sandbox = sandbox_or_skip!();
    let run = shell(sandbox, "kill -SEGV $$");
    assert_eq!(run.exit, Exit::Signal { signal: 11 });
}

#[test]
fn no_network_reaches_the_host_or_beyond() {
    let sandbox = sandbox_or_skip!();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let program = format!(
        "
import socket
for family, address in [(socket.AF_INET, ('127.0.0.1', {port})), (socket.AF_INET, ('1.1.1.1', 53)),
                        (socket.AF_INET, ('169.254.169.254', 80)), (socket.AF_INET6, ('2606:4700:4700::1111', 53))]:
    try:
        with socket.socket(family) as one:
            one.settimeout(1)
            one.connect(address)
            print('reached', address)
    except OSError: pass
try:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        one.sendto(b'x', ('8.8.8.8', 53)); print('sent')
except OSError: pass",
        port = listener.local_addr().unwrap().port()
    );
    harmless(sandbox, &program);
}

#[test]
fn socket_families_that_no_namespace_separates_are_refused() {
    let sandbox = sandbox_or_skip!();
    // vsock (40) reaches the hypervisor, packet (17) the wire, alg (38) and key (15) the kernel.
    let program = "
import socket
for family in (40, 17, 38, 15, 9, 21, 31):
    try: socket.socket(family, socket.SOCK_STREAM); print('opened', family)
    except PermissionError: pass";
    harmless(sandbox, program);
}

#[test]
fn the_hosts_files_are_not_there() {
    let sandbox = sandbox_or_skip!();
    let beside = WorkTree::empty().unwrap();
    fs::write(beside.path().join("secret"), "s").unwrap();
    let program = format!(
        "
import os
for path in ['/etc/shadow', '/etc/ssh', '/root/.ssh', '/root/.bashrc', '/home', '/var', '/opt', '/mnt', '/srv', '/run', '/sys',
             '/boot', '/.host', '/proc/kcore', '{secret}', '{manifest}']:
    try: open(path).read(); print('read', path)
    except IsADirectoryError: print('has', path)
    except OSError: pass",
        secret = beside.path().join("secret").display(),
        manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"),
    );
    harmless(sandbox, &program);
}

#[test]
fn nothing_but_the_work_tree_and_tmp_can_be_written() {
    let sandbox = sandbox_or_skip!();
    let program = "
import os
for folder, names, _ in os.walk('/'):
    names[:] = [name for name in names if not (folder == '/' and name in ('work', 'build', 'tmp', 'proc'))]
    if os.path.islink(folder): continue
    try:
        open(folder + '/worksample-attack', 'w'); print('wrote', folder)
    except OSError: pass
for path in ('/proc/sys/kernel/hostname', '/proc/self/oom_score_adj', '/proc/sysrq-trigger', '/etc/passwd', '/dev/sda'):
    try: open(path, 'w').write('0'); print('wrote', path)
    except OSError: pass
for make in (lambda: os.mknod('/work/device', 0o600 | 0o020000, os.makedev(1, 3)), lambda: os.chroot('/work'), lambda: os.link('/etc/passwd', '/work/passwd')):
    try: make(); print('made')
    except OSError: pass";
    harmless(sandbox, program);
}

#[test]
fn no_environment_is_inherited_and_only_what_the_spec_sets_is_added() {
    let sandbox = sandbox_or_skip!();
    let mut with = needs();
    with.environment.insert("SPEC_SAYS".into(), "yes".into());
    let run = shell_with(sandbox, "env | cut -d= -f1 | sort | tr '\\n' ' '", with);
    assert_eq!(
        run.stdout.head,
        "CARGO_BUILD_BUILD_DIR CARGO_HOME CARGO_NET_OFFLINE CARGO_TARGET_DIR HOME LANG PATH PWD PYTHONDONTWRITEBYTECODE SPEC_SAYS TMPDIR "
    );
}

#[test]
fn no_file_of_the_service_is_left_open() {
    let sandbox = sandbox_or_skip!();
    let _open = fs::File::open("/etc/hostname");
    harmless(
        sandbox,
        "
import os
for number in range(3, 1024):
    try: os.fstat(number); print('open', number, os.readlink('/proc/self/fd/%d' % number))
    except OSError: pass",
    );
}

#[test]
fn only_processes_of_the_run_are_seen_and_none_can_be_touched() {
    let sandbox = sandbox_or_skip!();
    let program = "
import ctypes, os, signal
libc = ctypes.CDLL(None, use_errno=True)
pids = [int(name) for name in os.listdir('/proc') if name.isdigit()]
if len(pids) > 2: print('sees', pids)
for what in ('mem', 'environ', 'maps', 'fd', 'root'):
    try: os.listdir('/proc/1/' + what) if what in ('fd', 'root') else open('/proc/1/' + what).read(1); print('init', what)
    except OSError: pass
me = os.getpid()
if libc.ptrace(16, 1, 0, 0) == 0 or libc.ptrace(0, 0, 0, 0) == 0: print('traces')
if libc.process_vm_readv(1, 0, 0, 0, 0, 0) == 0: print('reads memory')
for pid in range(2, 400):
    if pid != me:
        try: os.kill(pid, signal.SIGKILL); print('killed', pid)
        except OSError: pass";
    harmless(sandbox, program);
}

#[test]
fn init_survives_every_signal_that_the_command_can_send() {
    let sandbox = sandbox_or_skip!();
    let program = "
import os
for number in range(1, 65):
    try: os.kill(1, number)
    except OSError: pass
open('/work/alive', 'w').write('yes')";
    harmless(sandbox, program);
}

#[test]
fn privileges_can_not_be_gained() {
    let sandbox = sandbox_or_skip!();
    let program = "
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
for call in (lambda: os.setuid(0), lambda: os.setgid(0), lambda: os.setgroups([0]), lambda: os.nice(-10)):
    try: call(); print('gained')
    except OSError: pass
status = dict(line.split(':\t') for line in open('/proc/self/status').read().splitlines() if ':\t' in line)
for name in ('CapInh', 'CapPrm', 'CapEff', 'CapAmb'):
    if int(status[name], 16): print(name, status[name])
if status['NoNewPrivs'] != '1' or status['Seccomp'] != '2': print('not locked', status)
if os.getuid() == 0 or [group for group in os.getgroups() if group == 0]: print('root')";
    harmless(sandbox, program);
}

#[test]
fn dangerous_system_calls_are_refused() {
    let sandbox = sandbox_or_skip!();
    if std::env::consts::ARCH != "x86_64" {
        return;
    }
    let program = "
import ctypes, errno
libc = ctypes.CDLL(None, use_errno=True)
calls = dict(mount=165, umount2=166, pivot_root=155, chroot=161, unshare=272, setns=308, ptrace=101, bpf=321, keyctl=250,
    add_key=248, request_key=249, perf_event_open=298, userfaultfd=323, kexec_load=246, init_module=175, reboot=169,
    open_by_handle_at=304, fsopen=430, open_tree=428, move_mount=429, mount_setattr=442, memfd_create=319, shmget=29,
    io_uring_setup=425, clone3=435, process_vm_readv=310, pidfd_getfd=438, syslog=103, iopl=172)
for name, number in calls.items():
    for shift in (0, 0x40000000):
        ctypes.set_errno(0)
        got = libc.syscall(number | shift, 0, 0, 0, 0, 0)
        if got != -1 or ctypes.get_errno() not in (errno.EPERM, errno.ENOSYS): print(name, hex(shift), got, ctypes.get_errno())
for flag in (0x00020000, 0x02000000, 0x04000000, 0x08000000, 0x10000000, 0x20000000, 0x40000000):
    if libc.syscall(56, flag | 17, 0, 0, 0, 0) != -1: print('cloned', hex(flag))";
    harmless(sandbox, program);
}

#[test]
fn a_command_that_does_not_end_is_ended() {
    let sandbox = sandbox_or_skip!();
    let started = Instant::now();
    let short = SandboxNeeds {
        wall_seconds: 5,
        ..needs()
    };
    let run = shell_with(
        sandbox,
        "trap '' TERM INT HUP; echo before; sleep 600",
        short,
    );
    assert_eq!(limit(&run), Limit::WallTime);
    assert_eq!(run.stdout.head, "before\n");
    assert!(started.elapsed() < Duration::from_secs(120));
}

#[test]
fn processes_that_detached_themselves_are_killed_at_the_end() {
    let sandbox = sandbox_or_skip!();
    let work = WorkTree::empty().unwrap();
    let program = "
import fcntl, os, signal
signal.signal(signal.SIGTERM, signal.SIG_IGN)
ready, done = os.pipe()
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        lock = open('/work/lock', 'w')
        fcntl.flock(lock, fcntl.LOCK_EX)
        os.write(done, b'x')
        signal.pause()
    os._exit(0)
os.read(ready, 1)
print('locked')";
    let run = run_in(sandbox, &work, &["python3", "-I", "-c", program], needs());
    assert_eq!((run.exit, run.stdout.head.as_str()), (DONE, "locked\n"));
    // A process that still lived would hold the lock.
    let lock = fs::File::open(work.path().join("lock")).unwrap();
    lock.try_lock().unwrap();
}

#[test]
fn too_much_cpu_time_ends_the_command_even_spread_over_processes() {
    let sandbox = sandbox_or_skip!();
    let short = SandboxNeeds {
        cpu_seconds: 1,
        ..needs()
    };
    let one = shell_with(sandbox, "while :; do :; done", short);
    assert_eq!(limit(&one), Limit::CpuTime);
    let more = SandboxNeeds {
        cpu_seconds: 3,
        ..needs()
    };
    // None of them comes to 3 s: only their sum does.
    let script = "for i in 1 2 3 4; do (ulimit -t 2; while :; do :; done) & done; wait";
    let many = shell_with(sandbox, script, more);
    assert_eq!(limit(&many), Limit::CpuTime);
}

#[test]
fn too_much_memory_ends_the_command() {
    let sandbox = sandbox_or_skip!();
    let little = SandboxNeeds {
        memory_mib: 64,
        ..needs()
    };
    let hogs = [
        // private, shared, and spread over processes that stay below the limit each
        "import time\nx = b'x' * (90 * 1048576)\ntime.sleep(60)",
        "import mmap\nk = []\nwhile True: m = mmap.mmap(-1, 4194304); m.write(b'x' * 4194304); k.append(m)",
        "import os, time\nfor i in range(8): os.fork() or (x := b'x' * 41943040) and time.sleep(60)\ntime.sleep(60)",
    ];
    for hog in hogs {
        let work = WorkTree::empty().unwrap();
        let run = run_in(
            sandbox,
            &work,
            &["python3", "-I", "-c", hog],
            little.clone(),
        );
        assert_eq!(limit(&run), Limit::Memory, "{hog}");
    }
}

#[test]
fn a_fork_bomb_is_ended_and_the_next_command_runs() {
    let sandbox = sandbox_or_skip!();
    let work = WorkTree::empty().unwrap();
    let run = run_in(
        sandbox,
        &work,
        &["sh", "-c", "bomb() { bomb | bomb & }; bomb; sleep 60"],
        SandboxNeeds {
            wall_seconds: 5,
            ..needs()
        },
    );
    // This bomb's processes die as fast as they are born: the watch may never see more than the limit at one look, and then
    // time ends it.
    let limit = limit(&run);
    assert!(
        matches!(limit, Limit::Processes | Limit::CpuTime | Limit::WallTime),
        "{limit:?}"
    );
    let after = run_in(sandbox, &work, &["sh", "-c", "echo fine"], needs());
    assert_eq!(after.stdout.head, "fine\n");
}

#[test]
fn more_processes_than_allowed_that_stay_are_named() {
    let sandbox = sandbox_or_skip!();
    let work = WorkTree::empty().unwrap();
    let forty = "i=0; while [ $i -lt 40 ]; do sleep 60 & i=$((i+1)); done; wait";
    let run = run_in(sandbox, &work, &["sh", "-c", forty], needs());
    assert_eq!(limit(&run), Limit::Processes);
}

#[test]
fn threads_count_as_processes() {
    let sandbox = sandbox_or_skip!();
    let work = WorkTree::empty().unwrap();
    let program = "import threading, time\nfor i in range(100): threading.Thread(target=time.sleep, args=(60,)).start()";
    let run = run_in(sandbox, &work, &["python3", "-I", "-c", program], needs());
    assert_eq!(limit(&run), Limit::Processes);
}

#[test]
fn a_file_that_grows_too_large_ends_the_command() {
    let sandbox = sandbox_or_skip!();
    for place in ["/work/big", "/tmp/big"] {
        let run = shell(sandbox, &format!("exec cat /dev/zero > {place}"));
        assert_eq!(limit(&run), Limit::FileSize, "{place}");
    }
    let by_child = shell(sandbox, "cat /dev/zero > /work/big");
    assert_eq!(limit(&by_child), Limit::FileSize);
}

#[test]
fn a_disk_filled_with_many_files_ends_the_command() {
    let sandbox = sandbox_or_skip!();
    let little = SandboxNeeds {
        file_mib: 1,
        ..needs()
    };
    let script = "i=0; while :; do head -c 900000 /dev/zero > f$i; i=$((i+1)); done";
    let run = shell_with(sandbox, script, little);
    assert_eq!(limit(&run), Limit::FileSize);
}

#[test]
fn temporary_files_are_bounded_and_gone_afterwards() {
    let sandbox = sandbox_or_skip!();
    let work = WorkTree::empty().unwrap();
    let script =
        "for i in 1 2 3 4 5 6 7 8; do head -c 15000000 /dev/zero > /tmp/f$i || exit 9; done";
    let run = run_in(sandbox, &work, &["sh", "-c", script], needs());
    assert_eq!(run.exit, Exit::Code { code: 9 }, "{run:?}");
    let run = run_in(sandbox, &work, &["sh", "-c", "ls -A /tmp"], needs());
    assert_eq!(run.stdout.head, "");
}

#[test]
fn a_flood_of_output_is_cut_and_ends_the_command_in_the_end() {
    let sandbox = sandbox_or_skip!();
    let script = "i=0; while [ $i -lt 20000 ]; do echo line-$i; i=$((i+1)); done";
    let long = shell(sandbox, script);
    assert_eq!(long.exit, DONE);
    assert!(long.stdout.head.starts_with("line-0\n") && long.stdout.tail.ends_with("line-19999\n"));
    assert_eq!(long.stdout.head.len() + long.stdout.tail.len(), 16 * 1024);
    assert!(long.stdout.bytes > 200_000);

    let flood = shell(sandbox, "exec cat /dev/zero");
    assert_eq!(limit(&flood), Limit::Output);
    assert!(flood.stdout.head.len() <= 3 * 8 * 1024);
}

#[test]
fn two_runs_at_once_do_not_count_each_others_processes() {
    let sandbox = sandbox_or_skip!();
    let script = "for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do sleep 1 & done; wait; echo all";
    std::thread::scope(|scope| {
        let runs: Vec<_> = (0..3)
            .map(|_| scope.spawn(|| shell(sandbox, script)))
            .collect();
        for run in runs {
            let run = run.join().unwrap();
            assert_eq!((run.exit, run.stdout.head.as_str()), (DONE, "all\n"));
        }
    });
}

fn tree(files: &[(&str, &str)]) -> Tree {
    files
        .iter()
        .map(|(path, text)| ((*path).to_owned(), File::text(*text)))
        .collect()
}

#[test]
fn symlinks_lead_the_host_nowhere_when_files_are_laid_over_a_tree() {
    let outside = WorkTree::empty().unwrap();
    fs::write(outside.path().join("file"), "mine").unwrap();
    let work = WorkTree::empty().unwrap();
    symlink(outside.path(), work.path().join("folder")).unwrap();
    symlink(outside.path().join("file"), work.path().join("link")).unwrap();
    fs::create_dir_all(work.path().join("in-the-way/deep")).unwrap();
    fs::write(work.path().join("file-as-parent"), "x").unwrap();

    work.lay(&tree(&[
        ("folder/file", "laid"),
        ("link", "laid"),
        ("in-the-way", "laid"),
        ("file-as-parent/file", "laid"),
    ]))
    .unwrap();
    assert_eq!(
        fs::read_to_string(outside.path().join("file")).unwrap(),
        "mine"
    );
    for path in ["folder/file", "link", "in-the-way", "file-as-parent/file"] {
        assert_eq!(work.read(path, 100).unwrap().unwrap(), b"laid", "{path}");
    }
    for path in ["../x", "/etc/x", "a/../../x", ""] {
        let refused = work.lay(&tree(&[(path, "x")]));
        assert!(matches!(refused, Err(TreeError::Outside(_))), "{path}");
    }
}

#[test]
fn only_regular_files_of_bounded_size_are_read_back_and_no_symlink_is_followed() {
    let sandbox = sandbox_or_skip!();
    let outside = WorkTree::empty().unwrap();
    fs::write(outside.path().join("secret"), "secret").unwrap();
    let work = WorkTree::empty().unwrap();
    let script = format!(
        "mkfifo pipe; mkdir folder; ln -s {0}/secret link; ln -s {0} linked; echo long-text > long; ln -s /proc/self/environ proc",
        outside.path().display()
    );
    let run = run_in(sandbox, &work, &["sh", "-c", &script], needs());
    assert_eq!(run.exit, DONE, "{run:?}");
    for path in ["pipe", "folder", "link", "linked/secret", "proc"] {
        let refused = work.read(path, 100);
        assert!(
            matches!(refused, Err(TreeError::NotAFile(_))),
            "{path}: {refused:?}"
        );
    }
    assert!(matches!(
        work.read("long", 5),
        Err(TreeError::FileTooLarge { .. })
    ));
    assert!(work.read("missing", 5).unwrap().is_none());
    assert!(matches!(work.read("../x", 5), Err(TreeError::Outside(_))));
}

#[test]
fn a_copy_of_a_hostile_tree_holds_its_plain_files_and_their_times_and_nothing_else() {
    let sandbox = sandbox_or_skip!();
    let outside = WorkTree::empty().unwrap();
    fs::write(outside.path().join("secret"), "secret").unwrap();
    let work = WorkTree::empty().unwrap();
    let program = format!(
        "
import os
os.mkfifo('pipe'); os.symlink('{outside}/secret', 'link'); os.symlink('{outside}', 'linked')
os.mkdir('closed'); open('closed/file', 'w').write('x'); os.chmod('closed', 0)
os.mkdir('tools'); open('tools/run', 'w').write('run'); os.chmod('tools/run', 0o755)
os.utime('tools/run', ns=(1_000_000_123, 1_000_000_123))
open('/build/made', 'w').write('made'); os.link('/build/made', '/build/again')
for depth in range(3000):
    os.mkdir('deep-folder-with-a-long-name'); os.chdir('deep-folder-with-a-long-name')
open('bottom', 'w')",
        outside = outside.path().display()
    );
    let run = run_in(sandbox, &work, &["python3", "-I", "-c", &program], needs());
    assert_eq!(run.exit, DONE, "{run:?}");

    let copy = work.copy().unwrap();
    let run = copy.path().join("tools/run");
    let found = fs::metadata(&run).unwrap();
    assert_eq!(fs::read(&run).unwrap(), b"run");
    assert_eq!((found.mode() & 0o777, found.mtime_nsec()), (0o755, 123));
    assert_eq!(fs::read(copy.build().join("made")).unwrap(), b"made");
    assert_eq!(fs::metadata(copy.build().join("again")).unwrap().nlink(), 1);
    assert!(!copy.path().join("pipe").exists());
    for link in ["link", "linked"] {
        let found = fs::symlink_metadata(copy.path().join(link)).unwrap();
        assert!(found.is_symlink(), "{link} was followed");
    }
    let path = copy.path().to_owned();
    drop(copy);
    assert!(!path.exists());
}

#[test]
fn whatever_a_command_leaves_behind_can_be_removed() {
    let sandbox = sandbox_or_skip!();
    let work = WorkTree::empty().unwrap();
    let program = "
import os
os.mkdir('closed'); open('closed/file', 'w'); os.mkdir('moved-1')
os.chmod('closed', 0)
for depth in range(3000):
    os.mkdir('deep-folder-with-a-long-name'); os.chdir('deep-folder-with-a-long-name')
open('bottom', 'w')";
    let run = run_in(sandbox, &work, &["python3", "-I", "-c", program], needs());
    assert_eq!(run.exit, DONE, "{run:?}");
    let path = work.path().to_owned();
    drop(work);
    assert!(!path.exists());
}

#[test]
fn a_missing_toolchain_is_told_from_a_failing_command() {
    let sandbox = sandbox_or_skip!();
    let run = shell(
        sandbox,
        "python3 -c 'import ssl, sqlite3, http.server; print(1)' && command -v python3",
    );
    assert_eq!(run.exit, DONE, "{run:?}");
    let none = SandboxNeeds {
        toolchain: vec![],
        ..needs()
    };
    let run = shell_with(sandbox, "command -v cargo", none);
    assert_ne!(run.exit, DONE);
}
