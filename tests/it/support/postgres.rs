//! A private PostgreSQL for the tests of this process: on a unix socket in a temporary folder, without durability,
//! stopped and removed when the last test that uses it is done, and stopped with this process whatever ends it.

use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::{MetadataExt as _, chown};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak, mpsc};
use std::thread::JoinHandle;

use diesel::connection::SimpleConnection as _;
use diesel::{Connection as _, PgConnection};

/// An empty database of its own for one test.
pub struct PostgresDatabase {
    pub url: String,
    name: String,
    server: Arc<Server>,
}

/// A fresh database. `None` where PostgreSQL is not installed: the test is then skipped, which is said aloud; with
/// `WORKSAMPLE_TEST_REQUIRE=all` it panics instead.
pub fn database() -> Option<PostgresDatabase> {
    static SERVER: Mutex<Weak<Server>> = Mutex::new(Weak::new());

    let server = {
        let mut shared = SERVER.lock().unwrap_or_else(PoisonError::into_inner);
        match shared.upgrade() {
            Some(server) => server,
            None => match Server::start() {
                Ok(server) => {
                    let server = Arc::new(server);
                    *shared = Arc::downgrade(&server);
                    server
                }
                Err(Missing(what)) => {
                    super::skip(&format!("PostgreSQL is missing: {what}"));
                    return None;
                }
            },
        }
    };
    Some(PostgresDatabase::create(server, ""))
}

impl PostgresDatabase {
    fn create(server: Arc<Server>, how: &str) -> PostgresDatabase {
        static NUMBER: AtomicU32 = AtomicU32::new(1);
        let name = format!("test_{}", NUMBER.fetch_add(1, Ordering::Relaxed));
        PgConnection::establish(&server.url("postgres"))
            .unwrap()
            .batch_execute(&format!("CREATE DATABASE {name} {how}"))
            .unwrap();
        PostgresDatabase {
            url: server.url(&name),
            name,
            server,
        }
    }

    /// Another database that begins with what is in this one, to which nobody may be connected.
    pub fn copied(&self) -> PostgresDatabase {
        PostgresDatabase::create(Arc::clone(&self.server), &format!("TEMPLATE {}", self.name))
    }
}

impl Drop for PostgresDatabase {
    fn drop(&mut self) {
        // A database has 8 MB, and some stories have a thousand.
        if let Ok(mut server) = PgConnection::establish(&self.server.url("postgres")) {
            let _ = server.batch_execute(&format!("DROP DATABASE {} WITH (FORCE)", self.name));
        }
    }
}

/// A server of a test's own, which it can stop and start again; the same skipping as [`database`].
pub fn own_server() -> Option<OwnServer> {
    match Server::start() {
        Ok(server) => Some(OwnServer {
            url: server.url("postgres"),
            server,
        }),
        Err(Missing(what)) => {
            super::skip(&format!("PostgreSQL is missing: {what}"));
            None
        }
    }
}

pub struct OwnServer {
    pub url: String,
    server: Server,
}

impl OwnServer {
    /// Ends the server, and with it every connection.
    pub fn stop(&mut self) {
        self.server.stop();
    }

    /// Starts it again on the same data.
    pub fn start(&mut self) {
        self.server.run(Programs::find().ok().unwrap());
    }
}

/// What the machine lacks.
struct Missing(String);

struct Server {
    folder: tempfile::TempDir,
    stop: Option<mpsc::Sender<()>>,
    keeper: Option<JoinHandle<()>>,
}

impl Server {
    fn start() -> Result<Server, Missing> {
        let programs = Programs::find()?;
        let folder = tempfile::Builder::new()
            .prefix("worksample-pg-")
            .tempdir()
            .unwrap();
        if let Some(user) = &programs.user {
            chown(folder.path(), Some(user.uid), Some(user.gid)).unwrap();
        }
        let data = folder.path().join("data");
        let made = programs
            .command("initdb")
            .args(["-A", "trust", "-N", "-U", "postgres", "-E", "UTF8"])
            .args(["--locale=C", "-D"])
            .arg(&data)
            .current_dir(folder.path())
            .output()
            .unwrap();
        assert!(
            made.status.success(),
            "initdb failed: {}",
            String::from_utf8_lossy(&made.stderr)
        );

        let mut server = Server {
            folder,
            stop: None,
            keeper: None,
        };
        server.run(programs);
        Ok(server)
    }

    /// Starts the server on the data that is there, and returns once it takes connections.
    fn run(&mut self, programs: Programs) {
        let folder = self.folder.path().to_owned();
        let data = folder.join("data");
        let (stop, stopped) = mpsc::channel();
        let (ready, is_ready) = mpsc::channel();
        // The kernel ends the server when the thread that started it ends: so that thread lives as long as the server.
        let keeper = std::thread::spawn(move || {
            let mut child = programs
                .command("postgres")
                .args(["-c", "listen_addresses=", "-c", "fsync=off"])
                // Hundreds of databases live for moments, each with several stores.
                .args(["-c", "autovacuum=off", "-c", "full_page_writes=off"])
                .args(["-c", "max_connections=500", "-D"])
                .arg(&data)
                .arg("-k")
                .arg(&folder)
                .current_dir(&folder)
                .stdout(Stdio::null())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap();
            read_log(&mut child, ready);
            let _ = stopped.recv();
            let _ = Command::new("kill")
                .args(["-INT", &child.id().to_string()])
                .status();
            child.wait().unwrap();
        });
        let log = is_ready.recv().unwrap();
        assert_eq!(log, "", "PostgreSQL did not start");
        self.stop = Some(stop);
        self.keeper = Some(keeper);
    }

    fn stop(&mut self) {
        self.stop.take();
        if let Some(keeper) = self.keeper.take() {
            let _ = keeper.join();
        }
    }

    fn url(&self, database: &str) -> String {
        format!(
            "postgres:///{database}?user=postgres&host={}",
            self.folder.path().display()
        )
    }
}

/// Sends an empty text once the server takes connections, or else what it had to say; then drains its log.
fn read_log(child: &mut Child, ready: mpsc::Sender<String>) {
    let lines = BufReader::new(child.stderr.take().unwrap()).lines();
    std::thread::spawn(move || {
        let mut said = String::new();
        for line in lines.map_while(Result::ok) {
            if line.contains("ready to accept connections") {
                said.clear();
                let _ = ready.send(String::new());
            }
            said.push_str(&line);
            said.push('\n');
        }
        let _ = ready.send(said);
    });
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop();
    }
}

/// The account to run the server under: PostgreSQL refuses to run as root.
struct User {
    name: String,
    uid: u32,
    gid: u32,
}

struct Programs {
    folder: PathBuf,
    setpriv: Option<PathBuf>,
    user: Option<User>,
}

impl Programs {
    fn find() -> Result<Programs, Missing> {
        let folder = folders()
            .into_iter()
            .find(|folder| folder.join("initdb").is_file() && folder.join("postgres").is_file())
            .ok_or_else(|| {
                Missing(
                    "initdb and postgres are neither in PATH nor below /usr/lib/postgresql".into(),
                )
            })?;
        let setpriv = folders()
            .iter()
            .map(|folder| folder.join("setpriv"))
            .find(|program| program.is_file());
        let is_root = std::fs::metadata("/proc/self").unwrap().uid() == 0;
        let user = if is_root {
            if setpriv.is_none() {
                return Err(Missing(
                    "PostgreSQL does not run as root, and setpriv is not there to become another user".into(),
                ));
            }
            let user = ["postgres", "nobody"].into_iter().find_map(account);
            Some(user.ok_or_else(|| {
                Missing(
                    "PostgreSQL does not run as root, and there is no user postgres or nobody"
                        .into(),
                )
            })?)
        } else {
            None
        };
        Ok(Programs {
            folder,
            setpriv,
            user,
        })
    }

    fn command(&self, program: &str) -> Command {
        let program = self.folder.join(program);
        let Some(setpriv) = &self.setpriv else {
            return Command::new(program);
        };
        let mut command = Command::new(setpriv);
        command.args(["--pdeathsig", "INT"]);
        if let Some(user) = &self.user {
            command
                .args(["--clear-groups", "--reuid", &user.name])
                .args(["--regid", &user.gid.to_string()]);
        }
        command.arg(program);
        command
    }
}

fn account(name: &str) -> Option<User> {
    let accounts = std::fs::read_to_string("/etc/passwd").ok()?;
    let line = accounts
        .lines()
        .find(|line| line.split(':').next() == Some(name))?;
    let mut fields = line.split(':').skip(2);
    Some(User {
        name: name.to_owned(),
        uid: fields.next()?.parse().ok()?,
        gid: fields.next()?.parse().ok()?,
    })
}

/// Where programs may be: PATH, the places of system programs, and PostgreSQL's own folders, the newest first.
#[expect(
    clippy::disallowed_methods,
    reason = "programs are looked for where the person running the tests has them"
)]
fn folders() -> Vec<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    folders.extend(["/usr/bin", "/usr/sbin", "/bin"].map(PathBuf::from));
    let mut versions: Vec<PathBuf> = std::fs::read_dir(Path::new("/usr/lib/postgresql"))
        .map(|entries| entries.flatten().map(|entry| entry.path()).collect())
        .unwrap_or_default();
    versions.sort_by_key(|path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        std::cmp::Reverse(name.parse::<u32>().unwrap_or(0))
    });
    folders.extend(versions.iter().map(|version| version.join("bin")));
    folders
}
