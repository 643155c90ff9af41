//! The second line of limits: what the kernel limits per process only is measured here over all processes of a run.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::acceptance::Limit;

use super::Limits;

/// How often a run is looked at.
pub(super) const TICK: Duration = Duration::from_millis(20);

/// The work directory is measured every this many ticks, for that reads the disk.
const DISK_EVERY: u32 = 25;

/// More files than this in a work directory count as filling the disk.
const MOST_FILES: u64 = 200_000;

/// The most that was seen of everything.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Peak {
    pub processes: u32,
    pub memory: u64,
}

pub(super) struct Watch<'a> {
    keeper: u32,
    limits: &'a Limits,
    writable: [&'a Path; 2],
    started: Instant,
    ticks: u32,
    pub peak: Peak,
    units: Units,
}

/// What `/proc/<pid>/stat` counts in.
#[derive(Clone, Copy)]
struct Units {
    ticks_per_second: u64,
}

#[derive(Debug, Default)]
struct Usage {
    processes: u32,
    memory: u64,
    cpu_ticks: u64,
}

impl<'a> Watch<'a> {
    pub(super) fn new(
        keeper: u32,
        limits: &'a Limits,
        writable: [&'a Path; 2],
        started: Instant,
    ) -> Self {
        Watch {
            keeper,
            limits,
            writable,
            started,
            ticks: 0,
            peak: Peak::default(),
            units: Units {
                ticks_per_second: rustix::param::clock_ticks_per_second(),
            },
        }
    }

    /// The limit that has been passed, if any.
    pub(super) fn look(&mut self) -> Option<Limit> {
        self.ticks += 1;
        let usage = self.usage();
        self.peak.processes = self.peak.processes.max(usage.processes);
        self.peak.memory = self.peak.memory.max(usage.memory);
        if usage.processes > self.limits.processes {
            return Some(Limit::Processes);
        }
        if usage.memory > self.limits.memory {
            return Some(Limit::Memory);
        }
        if usage.cpu_ticks > self.limits.cpu.as_secs() * self.units.ticks_per_second {
            return Some(Limit::CpuTime);
        }
        if self.started.elapsed() >= self.limits.wall {
            return Some(Limit::WallTime);
        }
        if self.ticks.is_multiple_of(DISK_EVERY) && passes(&self.writable, self.limits.disk) {
            return Some(Limit::FileSize);
        }
        None
    }

    /// Every process inside descends from the keeper, for orphans become children of init. Keeper and init do not count.
    fn usage(&self) -> Usage {
        let mut usage = Usage::default();
        let inits = children(self.keeper);
        let mut waiting: Vec<u32> = inits.iter().flat_map(|init| children(*init)).collect();
        while let Some(pid) = waiting.pop() {
            add(pid, &mut usage);
            waiting.extend(children(pid));
            // A bomb is over the limit long before all of it is counted.
            if usage.processes > self.limits.processes.saturating_mul(4) {
                break;
            }
        }
        usage
    }
}

/// Children of every thread of a process.
fn children(pid: u32) -> Vec<u32> {
    let Ok(threads) = fs::read_dir(format!("/proc/{pid}/task")) else {
        return Vec::new();
    };
    threads
        .flatten()
        .filter_map(|thread| fs::read_to_string(thread.path().join("children")).ok())
        .flat_map(|line| {
            line.split_ascii_whitespace()
                .filter_map(|pid| pid.parse().ok())
                .collect::<Vec<u32>>()
        })
        .collect()
}

fn add(pid: u32, usage: &mut Usage) {
    let Ok(stat) = fs::read_to_string(format!("/proc/{pid}/stat")) else {
        return;
    };
    // The name in parentheses may hold anything; what follows the last one is numbers.
    let Some((_, numbers)) = stat.rsplit_once(')') else {
        return;
    };
    let numbers: Vec<u64> = numbers
        .split_ascii_whitespace()
        .skip(1)
        .map(|number| number.parse().unwrap_or(0))
        .collect();
    // Fields 14 to 17 of proc(5): user and system time of the process and of the children it waited for; 20: threads.
    usage.cpu_ticks += numbers.get(10..14).map_or(0, |times| times.iter().sum());
    usage.processes += numbers.get(16).map_or(1, |threads| {
        u32::try_from(*threads).unwrap_or(u32::MAX).max(1)
    });
    usage.memory += memory(pid);
}

/// Bytes that are the process's own: anonymous and shared memory, not the files it has mapped.
fn memory(pid: u32) -> u64 {
    let Ok(status) = fs::read_to_string(format!("/proc/{pid}/status")) else {
        return 0;
    };
    status
        .lines()
        .filter(|line| line.starts_with("RssAnon:") || line.starts_with("RssShmem:"))
        .filter_map(|line| line.split_ascii_whitespace().nth(1)?.parse::<u64>().ok())
        .map(|kib| kib * 1024)
        .sum()
}

/// Do the files below these folders take more than `limit` bytes, or are they too many? Symlinks are not followed.
fn passes(directories: &[&Path], limit: u64) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let (mut bytes, mut files) = (0, 0);
    let mut waiting: Vec<PathBuf> = directories.iter().map(|one| (*one).to_owned()).collect();
    while let Some(directory) = waiting.pop() {
        let Ok(entries) = fs::read_dir(&directory) else {
            continue;
        };
        for entry in entries.flatten() {
            // Does not follow symlinks.
            let Ok(found) = entry.metadata() else {
                continue;
            };
            files += 1;
            bytes += found.blocks() * 512;
            if bytes > limit || files > MOST_FILES {
                return true;
            }
            if found.is_dir() {
                waiting.push(entry.path());
            }
        }
    }
    false
}
