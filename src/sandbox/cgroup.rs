//! Control groups, where the service may make some: then the kernel itself holds all processes of a run to one limit of
//! memory and of number, however fast they grow. Where it may not (an ordinary user's session, most containers), the
//! watch over the tree and the limits of a process have to do; the proof says whether they do.

use std::ffi::CString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use super::layout::c_string;

/// Folders in which groups can be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Parents {
    /// Version 1 has a hierarchy for each resource.
    Separate {
        memory: PathBuf,
        pids: PathBuf,
    },
    Unified(PathBuf),
}

/// The group of one run, removed when dropped, which must be after its last process.
#[derive(Debug)]
pub(super) struct Group {
    folders: Vec<PathBuf>,
}

impl Parents {
    /// Where this process may make groups, if anywhere.
    pub(super) fn find() -> Option<Parents> {
        let own = fs::read_to_string("/proc/self/cgroup").ok()?;
        let mounts = fs::read_to_string("/proc/self/mountinfo").ok()?;
        candidates(&own, &mounts)
            .into_iter()
            .find(|parents| Group::create(parents, 1 << 30, 16).is_ok())
    }
}

/// What `/proc/self/cgroup` and `/proc/self/mountinfo` say, as places worth trying.
fn candidates(own: &str, mounts: &str) -> Vec<Parents> {
    let mut found = Vec::new();
    if let (Some(memory), Some(pids)) = (
        place(own, mounts, Some("memory")),
        place(own, mounts, Some("pids")),
    ) {
        found.push(Parents::Separate { memory, pids });
    }
    if let Some(unified) = place(own, mounts, None) {
        // A group with processes of its own can not limit its children, but its parent may be able to.
        let parent = unified.parent().map(Path::to_owned);
        found.push(Parents::Unified(unified));
        found.extend(parent.map(Parents::Unified));
    }
    found
}

/// The folder of this process's group: of a controller of version 1, or of version 2.
fn place(own: &str, mounts: &str, controller: Option<&str>) -> Option<PathBuf> {
    let path = own.lines().find_map(|line| {
        let mut parts = line.splitn(3, ':').skip(1);
        let (controllers, path) = (parts.next()?, parts.next()?);
        let right = match controller {
            Some(wanted) => controllers.split(',').any(|one| one == wanted),
            None => controllers.is_empty(),
        };
        right.then_some(path)
    })?;
    mounts.lines().find_map(|line| {
        let (mount, kind) = line.split_once(" - ")?;
        let mut kind = kind.split(' ');
        let (file_system, options) = (kind.next()?, kind.nth(1)?);
        let right = match controller {
            Some(wanted) => file_system == "cgroup" && options.split(',').any(|one| one == wanted),
            None => file_system == "cgroup2",
        };
        let mut mount = mount.split(' ').skip(3);
        let (root, at) = (mount.next()?, mount.next()?);
        let below = Path::new(path).strip_prefix(root).ok()?;
        right.then(|| Path::new(at).join(below))
    })
}

impl Group {
    /// Makes a group that holds its processes together to so many bytes and processes.
    pub(super) fn create(parents: &Parents, memory: u64, processes: u32) -> io::Result<Group> {
        let mut group = Group {
            folders: Vec::new(),
        };
        let (memory, processes) = (memory.to_string(), processes.to_string());
        match parents {
            Parents::Separate {
                memory: for_memory,
                pids,
            } => {
                let folder = group.make(for_memory)?;
                set(&folder, "memory.limit_in_bytes", &memory)?;
                // Absent where the kernel does not count swap.
                let _ = set(&folder, "memory.memsw.limit_in_bytes", &memory);
                let folder = group.make(pids)?;
                set(&folder, "pids.max", &processes)?;
            }
            Parents::Unified(parent) => {
                let folder = group.make(parent)?;
                set(&folder, "memory.max", &memory)?;
                set(&folder, "pids.max", &processes)?;
                let _ = set(&folder, "memory.swap.max", "0");
                set(&folder, "memory.oom.group", "1")?;
            }
        }
        Ok(group)
    }

    fn make(&mut self, parent: &Path) -> io::Result<PathBuf> {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        loop {
            let count = NEXT.fetch_add(1, Ordering::Relaxed);
            let folder = parent.join(format!("worksample-{}-{count}", std::process::id()));
            match fs::create_dir(&folder) {
                Ok(()) => {
                    self.folders.push(folder.clone());
                    return Ok(folder);
                }
                // Left by a process of the same number that was killed.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Files that a process writes itself into to join.
    pub(super) fn entrances(&self) -> io::Result<Vec<CString>> {
        let entrance = |folder: &PathBuf| c_string(&folder.join("cgroup.procs"));
        self.folders.iter().map(entrance).collect()
    }

    /// Did the kernel kill a process of the group for want of memory?
    pub(super) fn ran_out_of_memory(&self) -> bool {
        self.folders.iter().any(|folder| {
            ["memory.events", "memory.oom_control"]
                .iter()
                .filter_map(|file| fs::read_to_string(folder.join(file)).ok())
                .any(|text| kills(&text) > 0)
        })
    }
}

/// The number behind `oom_kill`, in the files of either version.
fn kills(text: &str) -> u64 {
    text.lines()
        .filter_map(|line| line.strip_prefix("oom_kill "))
        .filter_map(|count| count.trim().parse::<u64>().ok())
        .sum()
}

fn set(folder: &Path, file: &str, value: &str) -> io::Result<()> {
    fs::write(folder.join(file), value)
}

impl Drop for Group {
    fn drop(&mut self) {
        for folder in &self.folders {
            // An empty group that stays costs nothing; there is nobody to tell.
            let _ = fs::remove_dir(folder);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn version_1_is_found_by_its_controllers() {
        let own = "8:pids:/\n4:cpu,memory:/service/one\n0::/\n";
        let mounts = "\
30 25 0:26 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,cpu,memory
31 25 0:27 / /sys/fs/cgroup/pids rw shared:5 - cgroup cgroup rw,pids
32 25 0:28 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw";
        assert_eq!(
            candidates(own, mounts)[0],
            Parents::Separate {
                memory: "/sys/fs/cgroup/memory/service/one".into(),
                pids: "/sys/fs/cgroup/pids".into(),
            }
        );
    }

    #[test]
    fn version_2_is_tried_in_the_own_group_and_beside_it() {
        let own = "0::/user.slice/app.slice/me.scope\n";
        let mounts = "32 25 0:28 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw";
        assert_eq!(
            candidates(own, mounts),
            [
                Parents::Unified("/sys/fs/cgroup/user.slice/app.slice/me.scope".into()),
                Parents::Unified("/sys/fs/cgroup/user.slice/app.slice".into()),
            ]
        );
    }

    #[test]
    fn a_container_that_sees_only_its_own_part_of_the_hierarchy_is_understood() {
        let own = "4:memory:/docker/abc\n8:pids:/docker/abc\n";
        let mounts = "\
30 25 0:26 /docker/abc /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory
31 25 0:27 /docker/abc /sys/fs/cgroup/pids ro - cgroup cgroup rw,pids";
        assert_eq!(
            candidates(own, mounts),
            [Parents::Separate {
                memory: "/sys/fs/cgroup/memory".into(),
                pids: "/sys/fs/cgroup/pids".into(),
            }]
        );
    }

    #[test]
    fn kills_are_read_from_both_versions() {
        assert_eq!(kills("oom_kill_disable 0\nunder_oom 0\noom_kill 2\n"), 2);
        assert_eq!(kills("low 0\noom 3\noom_kill 0\noom_group_kill 0\n"), 0);
    }
}
