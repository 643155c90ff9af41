//! What the command sees: a root of its own with the system's programs and libraries and the toolchains read-only, a
//! private `/tmp`, a minimal `/dev`, a fresh `/proc`, and the folders of the work tree as the only places that last.

use std::collections::BTreeSet;
use std::ffi::CString;
use std::fs;
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Component, Path, PathBuf};

/// Where the work directory stands inside.
pub const WORK: &str = "/work";

/// Where build tools put what they make: outside of the tree, so that nothing delivered can lie there.
pub const BUILD: &str = "/build";

/// Where the host's root hangs while the new one is built.
pub(super) const HOST: &str = "/.host";

/// One step in building the root, with everything allocated beforehand.
#[derive(Debug, Clone)]
pub(super) enum Step {
    Directory(CString),
    Symlink {
        to: CString,
        at: CString,
    },
    File {
        at: CString,
        bytes: Vec<u8>,
    },
    Bind {
        from: CString,
        at: CString,
        rights: Rights,
    },
    Tmpfs {
        at: CString,
        options: CString,
    },
    Proc,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rights {
    ReadOnly,
    /// A device node, which a mount without devices would make useless.
    Device,
    Writable,
}

#[derive(Debug, Default)]
pub(super) struct Layout {
    steps: Vec<Step>,
    directories: BTreeSet<PathBuf>,
}

const SYSTEM: [&str; 7] = [
    "/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32",
];

/// Read-only parts of `/etc` that programs need to start: the linker's cache and Debian's links to alternatives.
const ETC: [&str; 4] = [
    "/etc/ld.so.cache",
    "/etc/ld.so.conf",
    "/etc/ld.so.conf.d",
    "/etc/alternatives",
];

impl Layout {
    /// The steps for a command with these installations, run as `uid`, with `tmp_bytes` of `/tmp`, and with these folders
    /// of the host `writable`, each at its place inside.
    pub(super) fn steps(
        installations: &[PathBuf],
        uid: u32,
        tmp_bytes: u64,
        writable: &[(PathBuf, &str)],
    ) -> io::Result<Vec<Step>> {
        let mut layout = Layout::default();
        for path in SYSTEM {
            layout.same_as_host(Path::new(path))?;
        }
        for path in ETC {
            layout.same_as_host(Path::new(path))?;
        }
        layout.identity(uid)?;
        layout.devices()?;
        layout.tmpfs("/tmp", tmp_bytes)?;
        for root in installations {
            layout.bind(root, root, Rights::ReadOnly)?;
        }
        for (folder, at) in writable {
            layout.bind(folder, Path::new(at), Rights::Writable)?;
        }
        layout.directory(Path::new("/proc"))?;
        layout.steps.push(Step::Proc);
        Ok(layout.steps)
    }

    /// Shows a path of the host read-only; a symlink (`/bin` of a merged system) is made again, not followed.
    fn same_as_host(&mut self, path: &Path) -> io::Result<()> {
        let Ok(found) = fs::symlink_metadata(path) else {
            return Ok(());
        };
        if found.is_symlink() {
            self.parents(path)?;
            let to = c_string(&fs::read_link(path)?)?;
            let at = c_string(path)?;
            self.steps.push(Step::Symlink { to, at });
            return Ok(());
        }
        self.bind(path, path, Rights::ReadOnly)
    }

    fn identity(&mut self, uid: u32) -> io::Result<()> {
        let passwd = format!(
            "root:x:0:0:root:/nonexistent:/bin/false\nsandbox:x:{uid}:{uid}:sandbox:/tmp:/bin/sh\n"
        );
        self.file("/etc/passwd", &passwd)?;
        self.file("/etc/group", &format!("root:x:0:\nsandbox:x:{uid}:\n"))?;
        self.file("/etc/hosts", "127.0.0.1 localhost\n::1 localhost\n")?;
        self.file(
            "/etc/nsswitch.conf",
            "passwd: files\ngroup: files\nhosts: files\n",
        )
    }

    fn devices(&mut self) -> io::Result<()> {
        for device in ["null", "zero", "full", "random", "urandom"] {
            let path = Path::new("/dev").join(device);
            self.bind(&path, &path, Rights::Device)?;
        }
        for (to, at) in [
            ("/proc/self/fd", "/dev/fd"),
            ("/proc/self/fd/0", "/dev/stdin"),
            ("/proc/self/fd/1", "/dev/stdout"),
            ("/proc/self/fd/2", "/dev/stderr"),
            // Shared memory lies in the same bounded file system as temporary files.
            ("/tmp", "/dev/shm"),
        ] {
            let (to, at) = (c_string(Path::new(to))?, c_string(Path::new(at))?);
            self.steps.push(Step::Symlink { to, at });
        }
        Ok(())
    }

    fn tmpfs(&mut self, at: &str, bytes: u64) -> io::Result<()> {
        self.directory(Path::new(at))?;
        let options = format!("size={bytes},nr_inodes=100000,mode=1777");
        let (at, options) = (c_string(Path::new(at))?, c_string(Path::new(&options))?);
        self.steps.push(Step::Tmpfs { at, options });
        Ok(())
    }

    fn bind(&mut self, from: &Path, at: &Path, rights: Rights) -> io::Result<()> {
        if fs::metadata(from)?.is_dir() {
            self.directory(at)?;
        } else {
            self.parents(at)?;
            let at = c_string(at)?;
            let bytes = Vec::new();
            self.steps.push(Step::File { at, bytes });
        }
        let mut under_host = PathBuf::from(HOST);
        under_host.extend(from.components().filter(|part| *part != Component::RootDir));
        let (from, at) = (c_string(&under_host)?, c_string(at)?);
        self.steps.push(Step::Bind { from, at, rights });
        Ok(())
    }

    fn file(&mut self, at: &str, text: &str) -> io::Result<()> {
        self.parents(Path::new(at))?;
        let at = c_string(Path::new(at))?;
        let bytes = text.as_bytes().to_vec();
        self.steps.push(Step::File { at, bytes });
        Ok(())
    }

    fn parents(&mut self, path: &Path) -> io::Result<()> {
        path.parent()
            .map_or(Ok(()), |parent| self.directory(parent))
    }

    fn directory(&mut self, path: &Path) -> io::Result<()> {
        if path == Path::new("/") || self.directories.contains(path) {
            return Ok(());
        }
        self.parents(path)?;
        self.directories.insert(path.to_owned());
        self.steps.push(Step::Directory(c_string(path)?));
        Ok(())
    }
}

pub(super) fn c_string(path: &Path) -> io::Result<CString> {
    CString::new(path.as_os_str().as_bytes()).map_err(io::Error::from)
}
