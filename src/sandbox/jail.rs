//! What happens between fork and exec. Three processes: the *keeper* (outside, child of the service) makes the
//! namespaces; the *init* (first process of the new PID namespace) builds the root and reaps; the *command* drops every
//! privilege and is executed. When init ends, the kernel kills whatever is left in the namespace, however it detached
//! itself; the keeper kills init when the service closes the control pipe, or dies.
//!
//! The service has many threads, so none of this may allocate, take a lock or call what libc guards by one: everything
//! is prepared in a [`Plan`], and `rustix` makes plain system calls.

use std::ffi::{CStr, CString};
use std::io;
use std::os::fd::{AsFd as _, BorrowedFd, RawFd};

use rustix::event::{PollFd, PollFlags, poll};
use rustix::fs::{AtFlags, CWD, Mode, OFlags};
use rustix::io::Errno;
use rustix::mount::{
    MountFlags, MountPropagationFlags, UnmountFlags, mount, mount_bind_recursive, mount_change,
    unmount,
};
use rustix::process::{
    DumpableBehavior, Pid, PidfdFlags, Resource, Rlimit, Signal, WaitOptions, pidfd_open,
    pivot_root, set_dumpable_behavior, set_parent_process_death_signal, setrlimit, setsid,
};
use rustix::thread::{Gid, Uid, UnshareFlags};
use seccompiler::BpfProgram;

use super::layout::{HOST, Rights, Step, WORK};

/// Everything that the child needs, allocated before the fork.
#[derive(Debug)]
pub(super) struct Plan {
    pub identity: Identity,
    /// `cgroup.procs` files that the keeper writes itself into.
    pub cgroups: Vec<CString>,
    pub steps: Vec<Step>,
    /// Soft and hard limits of one process.
    pub limits: Vec<(Resource, u64, u64)>,
    pub filters: Vec<BpfProgram>,
    /// Init writes how the command ended, or the stage at which the setup failed.
    pub status: RawFd,
    /// The keeper ends the run when the other end of this pipe is closed.
    pub control: RawFd,
}

/// How the command comes to be nobody.
#[derive(Debug, Clone)]
pub(super) enum Identity {
    /// The service is root: the command becomes this user, whom nobody else is.
    Dropped(u32),
    /// The service is an ordinary user: a user namespace maps it, and it alone, to a user without name.
    Mapped { uid_map: Vec<u8>, gid_map: Vec<u8> },
}

/// Where the setup failed; travels through the status pipe as one byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    Cgroup,
    Namespaces,
    UserMap,
    Fork,
    Root,
    Mounts,
    Proc,
    Pivot,
    Network,
    Limits,
    Privileges,
    Filter,
}

const STAGES: [Stage; 12] = [
    Stage::Cgroup,
    Stage::Namespaces,
    Stage::UserMap,
    Stage::Fork,
    Stage::Root,
    Stage::Mounts,
    Stage::Proc,
    Stage::Pivot,
    Stage::Network,
    Stage::Limits,
    Stage::Privileges,
    Stage::Filter,
];

/// What came through the status pipe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Word {
    /// The raw wait status of the command.
    Ended(i32),
    Failed(Stage),
    /// Init was killed before it could say anything.
    Nothing,
}

impl Word {
    pub(super) fn read(bytes: &[u8]) -> Word {
        match bytes {
            [b'F', stage] => STAGES
                .get(usize::from(*stage))
                .map_or(Word::Nothing, |stage| Word::Failed(*stage)),
            [b'E', status @ ..] => status.try_into().map_or(Word::Nothing, |bytes| {
                Word::Ended(i32::from_ne_bytes(bytes))
            }),
            _ => Word::Nothing,
        }
    }
}

/// Where the new root is mounted until it becomes the root: a directory that every system has.
const PIVOT: &CStr = c"/usr";
const PIVOT_HOST: &CStr = c"/usr/.host";

/// Called in the forked child. Returns in the command's process only, ready to be executed.
pub(super) fn enter(plan: &Plan) -> io::Result<()> {
    let outcome = keep(plan);
    if let Err((stage, errno)) = outcome {
        let place = STAGES.iter().position(|one| *one == stage).unwrap_or(0);
        say(plan, &[b'F', u8::try_from(place).unwrap_or(0)]);
        return Err(io::Error::from(errno));
    }
    Ok(())
}

type Staged<T> = Result<T, (Stage, Errno)>;

fn at(stage: Stage) -> impl Fn(Errno) -> (Stage, Errno) {
    move |errno| (stage, errno)
}

fn keep(plan: &Plan) -> Staged<()> {
    // Best effort: if the machine itself runs out of memory, the command goes first.
    let _ = write_file(c"/proc/self/oom_score_adj", b"1000");
    for cgroup in &plan.cgroups {
        write_file(cgroup, b"0").map_err(at(Stage::Cgroup))?;
    }
    let mut namespaces = UnshareFlags::NEWNS
        | UnshareFlags::NEWPID
        | UnshareFlags::NEWNET
        | UnshareFlags::NEWIPC
        | UnshareFlags::NEWUTS
        | UnshareFlags::NEWCGROUP;
    if matches!(plan.identity, Identity::Mapped { .. }) {
        namespaces |= UnshareFlags::NEWUSER;
    }
    unshare(namespaces).map_err(at(Stage::Namespaces))?;
    if let Identity::Mapped { uid_map, gid_map } = &plan.identity {
        write_file(c"/proc/self/setgroups", b"deny").map_err(at(Stage::UserMap))?;
        write_file(c"/proc/self/uid_map", uid_map).map_err(at(Stage::UserMap))?;
        write_file(c"/proc/self/gid_map", gid_map).map_err(at(Stage::UserMap))?;
    }
    // Nobody inside may look into the memory of keeper and init, which is a copy of the service's.
    set_dumpable_behavior(DumpableBehavior::NotDumpable).map_err(at(Stage::Privileges))?;
    match fork().map_err(at(Stage::Fork))? {
        Some(init) => watch_over(init, plan.control),
        None => become_init(plan),
    }
}

/// The keeper's life: waits until init has ended, which is when every process inside has, or ends it.
fn watch_over(init: Pid, control: RawFd) -> ! {
    close_all_but(control);
    // SAFETY: the descriptor was kept open on the line above, and this process ends with this function.
    #[expect(
        unsafe_code,
        reason = "a descriptor known by number only, since it crossed a fork"
    )]
    let control = unsafe { BorrowedFd::borrow_raw(control) };
    if let Ok(pidfd) = pidfd_open(init, PidfdFlags::empty()) {
        let mut watched = [
            PollFd::new(&pidfd, PollFlags::IN),
            PollFd::from_borrowed_fd(control.as_fd(), PollFlags::IN),
        ];
        while poll(&mut watched, None).err() == Some(Errno::INTR) {}
    }
    let _ = rustix::process::kill_process(init, Signal::KILL);
    while rustix::process::waitpid(Some(init), WaitOptions::empty()).err() == Some(Errno::INTR) {}
    leave()
}

fn become_init(plan: &Plan) -> Staged<()> {
    set_parent_process_death_signal(Some(Signal::KILL)).map_err(at(Stage::Privileges))?;
    rustix::process::umask(Mode::empty());
    build_root(plan)?;
    loopback_up().map_err(at(Stage::Network))?;
    rustix::system::sethostname(b"sandbox").map_err(at(Stage::Root))?;
    match fork().map_err(at(Stage::Fork))? {
        Some(command) => reap_until(command, plan),
        None => become_command(plan),
    }
}

/// Init's life: reaps orphans until the command ends, says how, and ends, which ends all.
fn reap_until(command: Pid, plan: &Plan) -> ! {
    close_all_but(plan.status);
    loop {
        match rustix::process::wait(WaitOptions::empty()) {
            Ok(Some((pid, status))) if pid == command => {
                let mut word = [0; 5];
                word[0] = b'E';
                word[1..].copy_from_slice(&status.as_raw().to_ne_bytes());
                say(plan, &word);
                leave()
            }
            Ok(_) | Err(Errno::INTR) => {}
            Err(_) => leave(),
        }
    }
}

fn become_command(plan: &Plan) -> Staged<()> {
    // The filter below keeps what runs from undoing any of this.
    setsid().map_err(at(Stage::Privileges))?;
    rustix::process::umask(Mode::from_raw_mode(0o022));
    rustix::process::chdir(WORK_C).map_err(at(Stage::Root))?;
    for (resource, soft, hard) in &plan.limits {
        let limit = Rlimit {
            current: Some(*soft),
            maximum: Some(*hard),
        };
        setrlimit(*resource, limit).map_err(at(Stage::Limits))?;
    }
    if let Identity::Dropped(id) = plan.identity {
        let (uid, gid) = (Uid::from_raw(id), Gid::from_raw(id));
        rustix::thread::set_thread_groups(&[]).map_err(at(Stage::Privileges))?;
        rustix::thread::set_thread_res_gid(gid, gid, gid).map_err(at(Stage::Privileges))?;
        rustix::thread::set_thread_res_uid(uid, uid, uid).map_err(at(Stage::Privileges))?;
    }
    close_on_exec_from(3).map_err(at(Stage::Privileges))?;
    rustix::thread::set_no_new_privs(true).map_err(at(Stage::Privileges))?;
    for filter in &plan.filters {
        seccompiler::apply_filter(filter).map_err(|_| (Stage::Filter, Errno::INVAL))?;
    }
    Ok(())
}

const WORK_C: &CStr = c"/work";
const HOST_C: &CStr = c"/.host";
const _: () = assert!(WORK.len() == WORK_C.count_bytes() && HOST.len() == HOST_C.count_bytes());

fn build_root(plan: &Plan) -> Staged<()> {
    let private = MountPropagationFlags::PRIVATE | MountPropagationFlags::REC;
    mount_change(c"/", private).map_err(at(Stage::Mounts))?;
    let flags = MountFlags::NOSUID | MountFlags::NODEV;
    let options = c"size=1m,nr_inodes=2000,mode=755";
    mount(c"sandbox", PIVOT, c"tmpfs", flags, options).map_err(at(Stage::Root))?;
    make_directory(PIVOT_HOST).map_err(at(Stage::Root))?;
    pivot_root(PIVOT, PIVOT_HOST).map_err(at(Stage::Pivot))?;
    rustix::process::chdir(c"/").map_err(at(Stage::Pivot))?;
    for step in &plan.steps {
        take(step)?;
    }
    unmount(HOST_C, UnmountFlags::DETACH).map_err(at(Stage::Pivot))?;
    rustix::fs::unlinkat(CWD, HOST_C, AtFlags::REMOVEDIR).map_err(at(Stage::Root))?;
    restrict(
        c"/",
        MOUNT_READ_ONLY | MOUNT_NO_SETUID | MOUNT_NO_DEVICES,
        false,
    )
    .map_err(at(Stage::Mounts))
}

fn take(step: &Step) -> Staged<()> {
    match step {
        Step::Directory(path) => make_directory(path).map_err(at(Stage::Root)),
        Step::Symlink { to, at: link } => {
            rustix::fs::symlink(to.as_c_str(), link.as_c_str()).map_err(at(Stage::Root))
        }
        Step::File { at: path, bytes } => create_file(path, bytes).map_err(at(Stage::Root)),
        Step::Bind {
            from,
            at: path,
            rights,
        } => {
            mount_bind_recursive(from.as_c_str(), path.as_c_str()).map_err(at(Stage::Mounts))?;
            let attributes = match rights {
                Rights::ReadOnly => MOUNT_READ_ONLY | MOUNT_NO_SETUID | MOUNT_NO_DEVICES,
                Rights::Device => MOUNT_NO_SETUID | MOUNT_NO_EXEC,
                Rights::Writable => MOUNT_NO_SETUID | MOUNT_NO_DEVICES,
            };
            restrict(path, attributes, true).map_err(at(Stage::Mounts))
        }
        Step::Tmpfs { at: path, options } => {
            let flags = MountFlags::NOSUID | MountFlags::NODEV;
            mount(c"tmp", path.as_c_str(), c"tmpfs", flags, options.as_c_str())
                .map_err(at(Stage::Mounts))
        }
        Step::Proc => {
            let flags =
                MountFlags::NOSUID | MountFlags::NODEV | MountFlags::NOEXEC | MountFlags::RDONLY;
            mount(c"proc", c"/proc", c"proc", flags, None).map_err(at(Stage::Proc))
        }
    }
}

fn make_directory(path: &CStr) -> Result<(), Errno> {
    match rustix::fs::mkdir(path, Mode::from_raw_mode(0o755)) {
        Err(Errno::EXIST) => Ok(()),
        other => other,
    }
}

fn create_file(path: &CStr, bytes: &[u8]) -> Result<(), Errno> {
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::CLOEXEC;
    let file = rustix::fs::open(path, flags, Mode::from_raw_mode(0o644))?;
    write_all(file.as_fd(), bytes)
}

fn write_file(path: &CStr, bytes: &[u8]) -> Result<(), Errno> {
    let file = rustix::fs::open(path, OFlags::WRONLY | OFlags::CLOEXEC, Mode::empty())?;
    write_all(file.as_fd(), bytes)
}

fn write_all(file: BorrowedFd<'_>, mut bytes: &[u8]) -> Result<(), Errno> {
    while !bytes.is_empty() {
        let written = rustix::io::write(file, bytes)?;
        bytes = &bytes[written..];
    }
    Ok(())
}

fn say(plan: &Plan, word: &[u8]) {
    // SAFETY: the status pipe is open in every process that calls this; it is closed only by the exec.
    #[expect(
        unsafe_code,
        reason = "a descriptor known by number only, since it crossed a fork"
    )]
    let status = unsafe { BorrowedFd::borrow_raw(plan.status) };
    let _ = write_all(status, word);
}

// What follows are the calls that no crate in this tree offers in a form that neither allocates nor locks.

const MOUNT_READ_ONLY: u64 = 0x1;
const MOUNT_NO_SETUID: u64 = 0x2;
const MOUNT_NO_DEVICES: u64 = 0x4;
const MOUNT_NO_EXEC: u64 = 0x8;

/// Sets attributes of a mount, and of all mounts below it. A remount would change the topmost only.
fn restrict(path: &CStr, attributes: u64, below_too: bool) -> Result<(), Errno> {
    #[repr(C)]
    struct MountAttributes {
        set: u64,
        clear: u64,
        propagation: u64,
        user_namespace: u64,
    }
    let wanted = MountAttributes {
        set: attributes,
        clear: 0,
        propagation: 0,
        user_namespace: 0,
    };
    let flags = if below_too { libc::AT_RECURSIVE } else { 0 };
    // SAFETY: path and struct outlive the call, the size is the struct's own.
    #[expect(unsafe_code, reason = "no wrapper of mount_setattr(2) is in the tree")]
    let result = unsafe {
        libc::syscall(
            libc::SYS_mount_setattr,
            libc::AT_FDCWD,
            path.as_ptr(),
            flags,
            &raw const wanted,
            size_of::<MountAttributes>(),
        )
    };
    from_result(result).map(drop)
}

fn unshare(namespaces: UnshareFlags) -> Result<(), Errno> {
    // SAFETY: descriptor tables are not unshared, which is all that the call's safety asks for.
    #[expect(unsafe_code, reason = "unsafe for a flag that is not used here")]
    unsafe {
        rustix::thread::unshare_unsafe(namespaces)
    }
}

fn fork() -> Result<Option<Pid>, Errno> {
    // SAFETY: this process is itself a forked child with one thread, and its children keep to calls that neither
    // allocate nor lock.
    #[expect(unsafe_code, reason = "no safe fork exists")]
    let pid = unsafe { libc::fork() };
    from_result(pid.into())?;
    Ok(Pid::from_raw(pid))
}

fn leave() -> ! {
    // SAFETY: ends this process without running anything that belongs to the service it was forked from.
    #[expect(unsafe_code, reason = "exit handlers of the service must not run here")]
    unsafe {
        libc::_exit(0)
    }
}

fn close_all_but(kept: RawFd) {
    let kept = kept.cast_unsigned();
    if let Some(last) = kept.checked_sub(1) {
        let _ = close_range(0, last, 0);
    }
    let _ = close_range(kept + 1, u32::MAX, 0);
}

fn close_on_exec_from(first: u32) -> Result<(), Errno> {
    close_range(first, u32::MAX, libc::CLOSE_RANGE_CLOEXEC)
}

fn close_range(first: u32, last: u32, flags: u32) -> Result<(), Errno> {
    // SAFETY: closes descriptors of a process that uses none of them again.
    #[expect(unsafe_code, reason = "no wrapper of close_range(2) is in the tree")]
    let result = unsafe { libc::syscall(libc::SYS_close_range, first, last, flags) };
    from_result(result).map(drop)
}

/// A new network namespace has a loopback device that is down; programs that talk to themselves need it.
fn loopback_up() -> Result<(), Errno> {
    let socket = rustix::net::socket(
        rustix::net::AddressFamily::INET,
        rustix::net::SocketType::DGRAM,
        None,
    )?;
    // SAFETY: an all-zero ifreq is valid; name and flags are written before the kernel reads them.
    #[expect(
        unsafe_code,
        reason = "no safe wrapper sets the flags of a network device"
    )]
    let result = unsafe {
        let mut request: libc::ifreq = std::mem::zeroed();
        request.ifr_name[0] = b'l'.cast_signed();
        request.ifr_name[1] = b'o'.cast_signed();
        request.ifr_ifru.ifru_flags = (libc::IFF_UP | libc::IFF_RUNNING) as libc::c_short;
        let number = std::os::fd::AsRawFd::as_raw_fd(&socket);
        libc::ioctl(number, libc::SIOCSIFFLAGS, &raw mut request)
    };
    from_result(result.into()).map(drop)
}

fn from_result(result: i64) -> Result<i64, Errno> {
    if result >= 0 {
        return Ok(result);
    }
    Err(Errno::from_io_error(&io::Error::last_os_error()).unwrap_or(Errno::IO))
}
