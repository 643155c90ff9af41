//! The proof: attacks on an own sandbox before anybody else's command is let in. Nothing is assumed from versions or
//! settings; what counts is that the attack fails here and now.

use std::fs;
use std::time::Duration;

use crate::acceptance::{CommandRun, Exit, Limit};
use crate::spec::{SandboxNeeds, Toolchain};

use super::watch::Peak;
use super::{Sandbox, SandboxError, SandboxRequest, WorkTree, run, toolchain};

/// Why this machine can not run untrusted commands, and how to mend it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{missing}. {remedy}")]
pub struct SandboxRefusal {
    /// Stable, for programs.
    pub code: &'static str,
    /// What does not hold.
    pub missing: String,
    /// What to do about it.
    pub remedy: String,
}

pub(super) fn prove(sandbox: &Sandbox, required: &[Toolchain]) -> Result<(), SandboxRefusal> {
    let work = WorkTree::empty().map_err(|error| SandboxRefusal {
        code: "sandbox_scratch",
        missing: format!("No scratch directory could be made: {error}"),
        remedy: "Give the service a temporary directory that it may write to (TMPDIR).".into(),
    })?;
    let attacks = Attacks { sandbox, work };
    attacks.starts()?;
    attacks.stays_inside()?;
    attacks.has_no_network()?;
    attacks.has_no_privileges()?;
    attacks.leaves_nobody_behind()?;
    attacks.wall_time()?;
    attacks.processes()?;
    attacks.memory()?;
    attacks.toolchains(required)
}

/// How often somewhat more processes than allowed have to be seen.
const ATTEMPTS: u32 = 3;

struct Attacks<'a> {
    sandbox: &'a Sandbox,
    work: WorkTree,
}

impl Attacks<'_> {
    fn shell(
        &self,
        script: &str,
        needs: SandboxNeeds,
    ) -> Result<(CommandRun, Peak), SandboxRefusal> {
        let request = SandboxRequest {
            command: vec!["/bin/sh".into(), "-c".into(), script.into()],
            work: self.work.path().to_owned(),
            build: self.work.build().to_owned(),
            needs,
            wall: None,
        };
        run::run(self.sandbox, &request).map_err(|error| cannot_set_up(&error))
    }

    fn starts(&self) -> Result<(), SandboxRefusal> {
        let (run, _) = self.shell("echo ready > proof && cat proof", small())?;
        if run.exit == (Exit::Code { code: 0 }) && run.stdout.head == "ready\n" {
            return Ok(());
        }
        Err(SandboxRefusal {
            code: "sandbox_start",
            missing: format!("A trivial command does not run inside the sandbox: {run:?}"),
            remedy: "The machine needs /bin/sh and coreutils, and a temporary directory that is not mounted noexec.".into(),
        })
    }

    fn stays_inside(&self) -> Result<(), SandboxRefusal> {
        let elsewhere =
            WorkTree::empty().map_err(|error| broken("isolation of files", &error.to_string()))?;
        let secret = elsewhere.path().join("secret");
        fs::write(&secret, "secret")
            .map_err(|error| broken("isolation of files", &error.to_string()))?;
        let script = format!(
            "[ -e '{}' ] && echo sees-host-files
             for place in / /etc /usr /dev /proc/sys/kernel; do (echo > $place/worksample-proof) 2>/dev/null && echo writes-$place; done
             for name in $(export -p | sed 's/^export //; s/=.*//'); do case $name in
               PATH|HOME|TMPDIR|LANG|PWD|OLDPWD|SHLVL|_|CARGO_HOME|CARGO_TARGET_DIR|CARGO_BUILD_BUILD_DIR|CARGO_NET_OFFLINE|PYTHONDONTWRITEBYTECODE) ;;
               *) echo inherits-$name ;; esac; done
             [ $$ -lt 100 ] || echo sees-host-processes
             : finished",
            secret.display()
        );
        self.silent("isolation of files", &script)
    }

    fn has_no_network(&self) -> Result<(), SandboxRefusal> {
        let script = "
            while read -r device rest; do case $device in
              Inter-*|face|lo:) ;; *) echo has-device-$device ;; esac; done < /proc/net/dev
            while read -r device rest; do [ $device = Iface ] || echo has-route-$device; done < /proc/net/route
            : finished";
        self.silent("isolation of the network", script)
    }

    fn has_no_privileges(&self) -> Result<(), SandboxRefusal> {
        let script = "
            while read -r key value rest; do case $key in
              Uid:) [ $value -ne 0 ] || echo is-root ;;
              CapEff:|CapPrm:|CapAmb:) [ $value = 0000000000000000 ] || echo has-capabilities-$value ;;
              NoNewPrivs:) [ $value = 1 ] || echo may-gain-privileges ;;
              Seccomp:) [ $value = 2 ] || echo has-no-filter ;;
            esac; done < /proc/self/status
            : finished";
        self.silent("loss of privileges", script)
    }

    /// The script prints a line for each thing that should not be so.
    fn silent(&self, what: &str, script: &str) -> Result<(), SandboxRefusal> {
        let (run, _) = self.shell(script, small())?;
        if run.exit == (Exit::Code { code: 0 }) && run.stdout.bytes == 0 {
            return Ok(());
        }
        Err(broken(
            what,
            &format!("{:?}, {}{}", run.exit, run.stdout.head, run.stderr.head),
        ))
    }

    fn leaves_nobody_behind(&self) -> Result<(), SandboxRefusal> {
        // The orphan holds the output open: unless it is killed, the run ends only by its wall time.
        let script = "(trap '' HUP TERM; exec sleep 60) & exit 3";
        let (run, _) = self.shell(script, small())?;
        if run.exit == (Exit::Code { code: 3 }) {
            return Ok(());
        }
        Err(broken("killing of orphans", &format!("{:?}", run.exit)))
    }

    fn wall_time(&self) -> Result<(), SandboxRefusal> {
        let request = SandboxRequest {
            command: vec!["/bin/sh".into(), "-c".into(), "while :; do :; done".into()],
            work: self.work.path().to_owned(),
            build: self.work.build().to_owned(),
            needs: small(),
            wall: Some(Duration::from_millis(100)),
        };
        let run = self
            .sandbox
            .run_blocking(&request)
            .map_err(|error| cannot_set_up(&error))?;
        expect("the wall time limit", &run, Limit::WallTime)
    }

    fn processes(&self) -> Result<(), SandboxRefusal> {
        let needs = SandboxNeeds {
            processes: 8,
            ..small()
        };
        let most = needs.processes * run::ROOM;
        let bomb = || self.shell("bomb() { bomb | bomb & }; bomb; sleep 5", needs.clone());
        let (mut run, mut peak) = bomb()?;
        // A look takes its time: on a busy machine it may count who has died since and who was born for them. Where the
        // limit does not hold, there are many more at once.
        for _ in 1..ATTEMPTS {
            if peak.processes > most && peak.processes <= 2 * most {
                (run, peak) = bomb()?;
            }
        }
        if peak.processes > most {
            return Err(SandboxRefusal {
                code: "sandbox_processes",
                missing: format!(
                    "The limit of processes does not hold: {} ran at once where the kernel was told to allow {most}",
                    peak.processes
                ),
                remedy: "Linux 5.14 or newer is needed; in a container, run the service as a user that is not mapped to the host's root.".into(),
            });
        }
        match run.exit {
            Exit::LimitReached {
                limit: Limit::Processes,
            }
            | Exit::Code { .. } => Ok(()),
            other => Err(broken("the limit of processes", &format!("{other:?}"))),
        }
    }

    fn memory(&self) -> Result<(), SandboxRefusal> {
        let needs = SandboxNeeds {
            memory_mib: 32,
            ..small()
        };
        let script = "x=0123456789abcdef; while :; do x=$x$x; done";
        let (run, peak) = self.shell(script, needs)?;
        if peak.memory > 96 * 1024 * 1024 {
            return Err(broken(
                "the limit of memory",
                &format!("{} MiB were used where 32 were allowed", peak.memory >> 20),
            ));
        }
        match run.exit {
            Exit::LimitReached {
                limit: Limit::Memory,
            }
            | Exit::Code { code: 1.. }
            | Exit::Signal { .. } => Ok(()),
            other => Err(broken("the limit of memory", &format!("{other:?}"))),
        }
    }

    fn toolchains(&self, required: &[Toolchain]) -> Result<(), SandboxRefusal> {
        for one in required {
            let name = toolchain::name(*one);
            let program = match one {
                Toolchain::Rust => "rustc",
                Toolchain::Python => "python3",
            };
            let needs = SandboxNeeds {
                toolchain: vec![*one],
                memory_mib: 1024,
                processes: 64,
                ..small()
            };
            let (run, _) = self.shell(&format!("exec {program} --version"), needs)?;
            if run.exit != (Exit::Code { code: 0 }) {
                return Err(SandboxRefusal {
                    code: "sandbox_toolchain",
                    missing: format!(
                        "The toolchain {name} does not start inside the sandbox: {:?}, {}",
                        run.exit, run.stderr.head
                    ),
                    remedy: format!(
                        "Install {name} so that `{program}` works for the service's own user."
                    ),
                });
            }
        }
        Ok(())
    }
}

fn small() -> SandboxNeeds {
    SandboxNeeds {
        wall_seconds: 10,
        cpu_seconds: 10,
        memory_mib: 256,
        processes: 32,
        file_mib: 16,
        output_kib: 16,
        ..SandboxNeeds::default()
    }
}

fn expect(what: &str, run: &CommandRun, limit: Limit) -> Result<(), SandboxRefusal> {
    if run.exit == (Exit::LimitReached { limit }) {
        return Ok(());
    }
    Err(broken(what, &format!("{:?}", run.exit)))
}

fn broken(what: &str, seen: &str) -> SandboxRefusal {
    SandboxRefusal {
        code: "sandbox_broken",
        missing: format!("The self-test of {what} failed: {}", seen.trim()),
        remedy: "Untrusted commands are not run on this machine. Please report it with the kernel's version and how the service is run.".into(),
    }
}

fn cannot_set_up(error: &SandboxError) -> SandboxRefusal {
    match error {
        SandboxError::Setup { what, source } => {
            let (code, remedy) = remedy(what);
            SandboxRefusal {
                code,
                missing: format!("The sandbox can not be set up here: {what}: {source}"),
                remedy,
            }
        }
        SandboxError::Toolchain { toolchain, .. } => SandboxRefusal {
            code: "sandbox_toolchain",
            missing: error.to_string(),
            remedy: format!("Install {toolchain} where the service finds it."),
        },
        SandboxError::NoCommand | SandboxError::Watcher => broken("a run", &error.to_string()),
    }
}

/// What to do where the kernel refused a stage of the setup.
fn remedy(stage: &str) -> (&'static str, String) {
    let setting = |path: &str| {
        fs::read_to_string(path)
            .ok()
            .map(|text| text.trim().to_owned())
    };
    if setting("/proc/sys/kernel/apparmor_restrict_unprivileged_userns").as_deref() == Some("1") {
        return (
            "sandbox_apparmor",
            "AppArmor restricts user namespaces (the default on Ubuntu 24.04): run `sysctl -w kernel.apparmor_restrict_unprivileged_userns=0`, or give the program an AppArmor profile with `userns`.".into(),
        );
    }
    if setting("/proc/sys/kernel/unprivileged_userns_clone").as_deref() == Some("0") {
        return (
            "sandbox_userns",
            "User namespaces are switched off for ordinary users: run `sysctl -w kernel.unprivileged_userns_clone=1`.".into(),
        );
    }
    if setting("/proc/sys/user/max_user_namespaces").as_deref() == Some("0") {
        return (
            "sandbox_userns",
            "No user namespaces are allowed: run `sysctl -w user.max_user_namespaces=10000`."
                .into(),
        );
    }
    if stage == "Proc" {
        return (
            "sandbox_proc",
            "A fresh /proc can not be mounted, since the container's own is masked: start it with `--security-opt systempaths=unconfined`.".into(),
        );
    }
    (
        "sandbox_namespaces",
        "In a container, start it with `--cap-add SYS_ADMIN --security-opt seccomp=unconfined --security-opt apparmor=unconfined` (docker-compose: the worker service shows it); on a machine, Linux 5.14 or newer with namespaces and seccomp is needed.".into(),
    )
}
