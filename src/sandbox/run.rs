//! One run from the outside: prepares the plan, forks, reads the streams, watches the limits, and says how it ended.

use std::collections::BTreeMap;
use std::io::{self, PipeReader, Read as _};
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread;
use std::time::Instant;

use rustix::process::Resource;

use crate::acceptance::{CommandRun, Exit, Limit, Output};

use super::jail::{self, Identity, Plan, Word};
use super::layout::{BUILD, Layout, WORK};
use super::toolchain::within_system;
use super::watch::{Peak, TICK, Watch};
use super::{Limits, Sandbox, SandboxError, SandboxRequest, Whose, capture, filter, tree};

/// How many times the limit of processes the kernel lets a run have. The watch ends the run at the limit itself; a bomb
/// that the kernel held there would die as fast as it is born, and a look might find less than there were.
pub(super) const ROOM: u32 = 2;

/// Inside, the user has no name outside the sandbox.
const INNER_UID: u32 = 1000;

enum Notice {
    Flood,
    /// What came through the status pipe, which closes when init has ended.
    Over(Vec<u8>),
}

pub(super) fn run(
    sandbox: &Sandbox,
    request: &SandboxRequest,
) -> Result<(CommandRun, Peak), SandboxError> {
    let Some((program, arguments)) = request.command.split_first() else {
        return Err(SandboxError::NoCommand);
    };
    let limits = Limits::of(&request.needs, request.wall);
    let (status, status_end) = io::pipe().map_err(SandboxError::setup("pipe"))?;
    let (control_end, control) = io::pipe().map_err(SandboxError::setup("pipe"))?;
    let plan = plan(sandbox, request, &limits, &status_end, &control_end)?;

    let mut command = Command::new(program);
    command
        .args(arguments)
        .env_clear()
        .envs(environment(sandbox, request)?)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    // SAFETY: `enter` neither allocates nor locks; see its module.
    #[expect(unsafe_code, reason = "namespaces are entered between fork and exec")]
    unsafe {
        command.pre_exec(move || jail::enter(&plan));
    }
    let started = Instant::now();
    let spawned = command.spawn();
    drop((command, status_end, control_end));
    let child = match spawned {
        Ok(child) => child,
        Err(error) => return not_started(request, status, error),
    };
    let (ended, peak) = Running {
        child,
        status,
        control: control.into(),
        limits: &limits,
        request,
        started,
    }
    .wait()?;
    let run = CommandRun {
        command: request.command.clone(),
        exit: exit(&ended),
        duration_ms: u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
        stdout: ended.stdout,
        stderr: ended.stderr,
    };
    Ok((run, peak))
}

/// The fork's other side failed: either the setup, which is our fault, or the exec, which is the command's.
fn not_started(
    request: &SandboxRequest,
    mut status: PipeReader,
    error: io::Error,
) -> Result<(CommandRun, Peak), SandboxError> {
    let mut said = Vec::new();
    let _ = status.read_to_end(&mut said);
    if let Word::Failed(stage) = Word::read(&said) {
        return Err(SandboxError::Setup {
            what: format!("{stage:?}"),
            source: error,
        });
    }
    let run = CommandRun {
        command: request.command.clone(),
        exit: Exit::NotStarted {
            why: error.to_string(),
        },
        duration_ms: 0,
        stdout: Output::default(),
        stderr: Output::default(),
    };
    Ok((run, Peak::default()))
}

fn plan(
    sandbox: &Sandbox,
    request: &SandboxRequest,
    limits: &Limits,
    status: &impl AsRawFd,
    control: &impl AsRawFd,
) -> Result<Plan, SandboxError> {
    let (identity, inner_uid) = match sandbox.shared.identity {
        Whose::Root => {
            let uid = tree::adopt(&[&request.work, &request.build]).map_err(
                SandboxError::setup("giving the work directory to the sandbox's user"),
            )?;
            (Identity::Dropped(uid), uid)
        }
        Whose::User { uid, gid } => {
            let map = |outer: u32| format!("{INNER_UID} {outer} 1\n").into_bytes();
            let (uid_map, gid_map) = (map(uid), map(gid));
            (Identity::Mapped { uid_map, gid_map }, INNER_UID)
        }
    };
    let roots: Vec<_> = sandbox
        .installations(&request.needs.toolchain)?
        .into_iter()
        .map(|installation| installation.root.clone())
        .filter(|root| !within_system(root))
        .collect();
    let absolute =
        |path: &Path| std::path::absolute(path).map_err(SandboxError::setup("work directory"));
    let writable = [
        (absolute(&request.work)?, WORK),
        (absolute(&request.build)?, BUILD),
    ];
    let steps = Layout::steps(&roots, inner_uid, limits.tmp, &writable)
        .map_err(SandboxError::setup("layout of the root"))?;
    let filters = filter::programs().map_err(|error| SandboxError::Setup {
        what: "system call filter".into(),
        source: io::Error::other(error),
    })?;
    Ok(Plan {
        identity,
        cgroups: Vec::new(),
        steps,
        limits: process_limits(limits),
        filters,
        status: status.as_raw_fd(),
        control: control.as_raw_fd(),
    })
}

/// What the kernel itself holds every process to.
fn process_limits(limits: &Limits) -> Vec<(Resource, u64, u64)> {
    let cpu = limits.cpu.as_secs().max(1);
    let processes = u64::from(limits.processes) * u64::from(ROOM);
    // Twice the memory, so that the watch over all processes comes first and names the limit.
    let data = limits.memory.saturating_mul(2);
    [
        (Resource::Core, 0, 0),
        (Resource::Cpu, cpu, cpu + 1),
        (Resource::Data, data, data),
        (Resource::Fsize, limits.file, limits.file),
        (Resource::Nofile, 1024, 1024),
        (Resource::Nproc, processes, processes),
        (Resource::Memlock, 0, 0),
        (Resource::Msgqueue, 0, 0),
    ]
    .into_iter()
    .map(|(resource, soft, hard)| {
        // An ordinary user can not raise what the service itself is held to.
        let most = rustix::process::getrlimit(resource)
            .maximum
            .unwrap_or(u64::MAX);
        (resource, soft.min(most), hard.min(most))
    })
    .collect()
}

fn environment(
    sandbox: &Sandbox,
    request: &SandboxRequest,
) -> Result<BTreeMap<String, String>, SandboxError> {
    let mut path: Vec<String> = sandbox
        .installations(&request.needs.toolchain)?
        .into_iter()
        .map(|installation| installation.programs.display().to_string())
        .collect();
    path.extend(["/usr/local/bin", "/usr/bin", "/bin"].map(String::from));
    let mut variables: BTreeMap<String, String> = [
        ("PATH", path.join(":").as_str()),
        ("HOME", "/tmp"),
        ("TMPDIR", "/tmp"),
        ("LANG", "C.UTF-8"),
        ("CARGO_HOME", "/tmp/cargo"),
        ("CARGO_TARGET_DIR", &format!("{BUILD}/target")),
        // Else a delivered configuration could name a folder that was delivered too.
        ("CARGO_BUILD_BUILD_DIR", &format!("{BUILD}/target")),
        ("CARGO_NET_OFFLINE", "true"),
        ("PYTHONDONTWRITEBYTECODE", "1"),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .collect();
    variables.extend(request.needs.environment.clone());
    Ok(variables)
}

struct Running<'a> {
    child: Child,
    status: PipeReader,
    control: OwnedFd,
    limits: &'a Limits,
    request: &'a SandboxRequest,
    started: Instant,
}

struct Ended {
    word: Word,
    limit: Option<Limit>,
    stdout: Output,
    stderr: Output,
}

impl Running<'_> {
    fn wait(self) -> Result<(Ended, Peak), SandboxError> {
        let Running {
            mut child,
            mut status,
            control,
            limits,
            request,
            started,
        } = self;
        let (notices, noticed) = mpsc::channel();
        let stdout = reader(child.stdout.take(), limits.keep, &notices);
        let stderr = reader(child.stderr.take(), limits.keep, &notices);
        thread::spawn(move || {
            let mut said = Vec::new();
            let _ = status.read_to_end(&mut said);
            let _ = notices.send(Notice::Over(said));
        });

        let writable = [request.work.as_path(), request.build.as_path()];
        let mut watch = Watch::new(child.id(), limits, writable, started);
        let mut control = Some(control);
        let mut limit = None;
        let said = loop {
            let passed = match noticed.recv_timeout(TICK) {
                Ok(Notice::Over(said)) => break said,
                Ok(Notice::Flood) => Some(Limit::Output),
                Err(RecvTimeoutError::Timeout) if limit.is_none() => watch.look(),
                Err(RecvTimeoutError::Timeout) => None,
                Err(RecvTimeoutError::Disconnected) => return Err(SandboxError::Watcher),
            };
            if let (Some(passed), None) = (passed, limit) {
                limit = Some(passed);
                // The keeper sees its end of the pipe closed and kills all.
                drop(control.take());
            }
        };
        child.wait().map_err(SandboxError::setup("waiting"))?;
        let ended = Ended {
            word: Word::read(&said),
            limit,
            stdout: stdout.join().map_err(|_| SandboxError::Watcher)?,
            stderr: stderr.join().map_err(|_| SandboxError::Watcher)?,
        };
        Ok((ended, watch.peak))
    }
}

fn reader<S: io::Read + Send + 'static>(
    stream: Option<S>,
    keep: usize,
    notices: &Sender<Notice>,
) -> thread::JoinHandle<Output> {
    let notices = notices.clone();
    thread::spawn(move || {
        stream.map_or_else(Output::default, |stream| {
            capture::drain(stream, keep, || {
                let _ = notices.send(Notice::Flood);
            })
        })
    })
}

fn exit(ended: &Ended) -> Exit {
    if let Some(limit) = ended.limit {
        return Exit::LimitReached { limit };
    }
    let Word::Ended(status) = ended.word else {
        // Init could not say anything: something outside the sandbox killed it.
        return Exit::Signal {
            signal: libc::SIGKILL,
        };
    };
    let status = ExitStatus::from_raw(status);
    match (status.signal(), status.code()) {
        (Some(libc::SIGXCPU), _) => Exit::LimitReached {
            limit: Limit::CpuTime,
        },
        (Some(libc::SIGXFSZ), _) => Exit::LimitReached {
            limit: Limit::FileSize,
        },
        (Some(signal), _) => Exit::Signal { signal },
        // A shell passes on that its child met a limit in this way.
        (None, Some(code)) if code == 128 + libc::SIGXCPU => Exit::LimitReached {
            limit: Limit::CpuTime,
        },
        (None, Some(code)) if code == 128 + libc::SIGXFSZ => Exit::LimitReached {
            limit: Limit::FileSize,
        },
        (None, code) => Exit::Code {
            code: code.unwrap_or(-1),
        },
    }
}
