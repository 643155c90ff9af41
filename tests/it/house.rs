//! The test of the house: what ARCHITECTURE.md says about who may know whom is true of the code.
//!
//! It reads `src/` (and of `tests/it` which files there are), no compiler needed, so it also sees code that is compiled for tests alone or behind a feature. The
//! tables below are the rules; `ARCHITECTURE.md` and `src/lib.rs` are held to the same table.

mod source;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::Path;

use source::{PathUse, Reading, Source, read};

/// The floors, lowest first. A room imports from lower floors; rooms on one floor do not know each other.
const FLOORS: &[Floor] = &[
    Floor::in_order("text", &["plain_text", "text_diff"]),
    Floor::in_order(
        "ground",
        &["clock", "ids", "money", "secret", "secret_token", "zone"],
    ),
    Floor::apart("spec", &["spec"]),
    Floor::apart("acceptance", &["acceptance"]),
    Floor::apart("work sample", &["work_sample"]),
    Floor::apart("evidence", &["evidence"]),
    Floor::apart("report", &["report"]),
    Floor::apart("candidate", &["candidate"]),
    Floor::apart("tools", &["artifacts", "disk", "git", "logging"]),
    Floor::apart("edges", &["github", "mail", "sandbox", "stand_in", "store"]),
    Floor::apart("settings", &["config"]),
    Floor::apart("use cases", &["workflow"]),
    Floor::apart("doors", &["web"]),
    Floor::apart("application", &["app"]),
    Floor::apart("examination", &["doctor"]),
    Floor::apart("rehearsal", &["rehearsal"]),
    Floor::apart("command line", &["cli"]),
];

/// Rooms up to this floor are pure: no async, no I/O.
const HIGHEST_PURE_FLOOR: &str = "candidate";

/// Third-party crates and the rooms they are at home in. A crate that is not named here may be used anywhere.
const AT_HOME: &[(&str, &[&str])] = &[
    ("actix_multipart", &["web"]),
    ("actix_web", &["web", "stand_in"]),
    ("ammonia", &["report"]),
    ("askama", &["mail", "report", "web"]),
    ("aws_lc_rs", &["stand_in"]),
    ("chrono_tz", &["mail", "work_sample", "workflow", "zone"]),
    ("clap", &["cli", "config"]),
    ("csv", &["workflow"]),
    ("diesel", &["store"]),
    ("diesel_migrations", &["store"]),
    ("lz4_flex", &["store"]),
    ("globset", &["spec", "evidence", "report"]),
    ("http_body_util", &["github"]),
    ("icalendar", &["mail"]),
    ("jsonwebtoken", &["github", "stand_in", "web"]),
    ("junit_parser", &["acceptance"]),
    ("lettre", &["mail"]),
    ("libc", &["sandbox"]),
    ("libsqlite3_sys", &["store"]),
    ("oauth2", &["github"]),
    ("octocrab", &["github"]),
    ("open", &["cli"]),
    ("pq_sys", &["store"]),
    ("prometheus", &["web"]),
    ("pulldown_cmark", &["report", "work_sample"]),
    ("reqwest", &["stand_in", "rehearsal"]),
    ("rusqlite", &[]),
    ("rustix", &["sandbox"]),
    ("seccompiler", &["sandbox"]),
    ("similar", &["text_diff"]),
    ("strsim", &["work_sample"]),
    ("tracing_actix_web", &["web"]),
    ("tracing_appender", &["logging"]),
    ("tracing_subscriber", &["logging"]),
    ("utoipa_actix_web", &["web"]),
    ("utoipa_swagger_ui", &["web"]),
    ("zip", &["workflow"]),
];

/// Parts of crates that are at home in fewer rooms than the crate.
const PARTS_AT_HOME: &[(&[&str], &[&str])] = &[
    (&["tokio", "process"], &["git", "sandbox", "stand_in"]),
    (&["std", "env"], &["config"]),
    (&["chrono", "Utc", "now"], &["clock"]),
    (&["chrono", "Local", "now"], &["clock"]),
    (&["Utc", "now"], &["clock"]),
    (&["std", "time", "SystemTime", "now"], &["clock"]),
    (&["SystemTime", "now"], &["clock"]),
];

/// Paths below a part that say nothing about the outside: `std::env::consts::ARCH` is known when compiling.
const HARMLESS: &[&[&str]] = &[&["std", "env", "consts"]];

const NOT_IN_THE_PURE_CORE: &[&[&str]] = &[
    &["std", "fs"],
    &["std", "net"],
    &["std", "process"],
    &["std", "thread"],
    &["tokio"],
];

/// A room should be read in one sitting: about 400 lines, and never more than this.
const MOST_LINES: usize = 450;

/// Rules that are broken for now: a file, and words of the message. An entry that is paid has to go, which the strict run
/// of .ci/run insists on.
const OWED: &[(&str, &str)] = &[];

struct Floor {
    name: &'static str,
    rooms: &'static [&'static str],
    /// Rooms on it may know those that are named before them.
    in_order: bool,
}

impl Floor {
    const fn apart(name: &'static str, rooms: &'static [&'static str]) -> Floor {
        Floor {
            name,
            rooms,
            in_order: false,
        }
    }

    const fn in_order(name: &'static str, rooms: &'static [&'static str]) -> Floor {
        Floor {
            name,
            rooms,
            in_order: true,
        }
    }
}

/// A floor's number and a room's place on it.
fn place(room: &str) -> Option<(usize, usize)> {
    FLOORS.iter().enumerate().find_map(|(floor, one)| {
        let at = one.rooms.iter().position(|name| *name == room)?;
        Some((floor, at))
    })
}

fn is_pure(room: &str) -> bool {
    let highest = FLOORS
        .iter()
        .position(|floor| floor.name == HIGHEST_PURE_FLOOR);
    place(room).is_some_and(|(floor, _)| Some(floor) <= highest)
}

/// A rule that was broken, and where.
#[derive(Debug)]
struct Guilt {
    file: String,
    line: u32,
    message: String,
}

impl fmt::Display for Guilt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "src/{}:{}: {}", self.file, self.line, self.message)
    }
}

struct House {
    rooms: Vec<(Source, Reading)>,
    guilt: Vec<Guilt>,
}

/// Everything that is wrong with these files, by file and line.
fn inspect(sources: Vec<Source>) -> Vec<Guilt> {
    let rooms = sources
        .into_iter()
        .map(|source| {
            let reading = read(&source);
            (source, reading)
        })
        .collect();
    let mut house = House {
        rooms,
        guilt: Vec::new(),
    };
    house.lines();
    house.imports();
    house.crates();
    house.purity();
    house.circles();
    let mut guilt = house.guilt;
    guilt.sort_by(|one, other| {
        (&one.file, one.line, &one.message).cmp(&(&other.file, other.line, &other.message))
    });
    guilt.dedup_by(|one, other| one.to_string() == other.to_string());
    guilt
}

/// The room a file belongs to; `lib.rs` and `main.rs` stand outside.
fn room_of(source: &Source) -> Option<String> {
    if source.path == "main.rs" {
        return None;
    }
    source.module().first().cloned()
}

impl House {
    /// Runs `rule` on each file and keeps what it finds.
    fn each(&mut self, rule: impl Fn(&Source, &Reading) -> Vec<(u32, String)>) {
        for (source, reading) in &self.rooms {
            for (line, message) in rule(source, reading) {
                self.guilt.push(Guilt {
                    file: source.path.clone(),
                    line,
                    message,
                });
            }
        }
    }

    fn lines(&mut self) {
        self.each(|source, reading| {
            let count = source.text.lines().count();
            let mut found: Vec<(u32, String)> = reading
                .misplaced
                .iter()
                .map(|line| (*line, "a module lies where its name says: take the `path` attribute out".to_owned()))
                .collect();
            if count > MOST_LINES {
                found.push((1, format!("{count} lines are too many to read in one sitting (at most {MOST_LINES}): split the file")));
            }
            found
        });
    }

    fn imports(&mut self) {
        self.each(|source, reading| {
            let Some(room) = room_of(source) else {
                return Vec::new();
            };
            let Some(from) = place(&room) else {
                return vec![(1, format!("`{room}` stands on no floor: give it a place in FLOORS of tests/it/house.rs and in ARCHITECTURE.md"))];
            };
            reading
                .uses
                .iter()
                .filter_map(|path_use| forbidden_import(&room, from, path_use))
                .collect()
        });
    }

    fn crates(&mut self) {
        self.each(|source, reading| {
            let room = room_of(source).unwrap_or_default();
            let mut found = Vec::new();
            for path_use in &reading.uses {
                let path: Vec<&str> = path_use.segments.iter().map(String::as_str).collect();
                if HARMLESS.iter().any(|harmless| path.starts_with(harmless)) {
                    continue;
                }
                let whole = AT_HOME
                    .iter()
                    .filter(|(name, _)| path.first() == Some(name))
                    .map(|(name, homes)| ((*name).to_owned(), *homes));
                let parts = PARTS_AT_HOME
                    .iter()
                    .filter(|(part, _)| path.starts_with(part))
                    .map(|(part, homes)| (part.join("::"), *homes));
                for (name, homes) in whole.chain(parts) {
                    if !homes.contains(&room.as_str()) {
                        found.push((
                            path_use.line,
                            format!("`{name}` is at home in {}, not in `{room}`", listed(homes)),
                        ));
                    }
                }
            }
            found
        });
    }

    fn purity(&mut self) {
        self.each(|source, reading| {
            let Some(room) = room_of(source).filter(|room| is_pure(room)) else {
                return Vec::new();
            };
            let awaits = reading
                .asynchronous
                .iter()
                .map(|line| (*line, format!("`{room}` is pure: no async, no await")));
            let outside = reading.uses.iter().filter_map(|path_use| {
                let path: Vec<&str> = path_use.segments.iter().map(String::as_str).collect();
                let forbidden = NOT_IN_THE_PURE_CORE
                    .iter()
                    .find(|forbidden| path.starts_with(forbidden))?;
                Some((
                    path_use.line,
                    format!("`{room}` is pure: no {}", forbidden.join("::")),
                ))
            });
            awaits.chain(outside).collect()
        });
    }

    /// Circles among modules with the same parent: between rooms, and between the files inside of one.
    fn circles(&mut self) {
        let edges = self.sibling_edges();
        let mut told: BTreeSet<Vec<String>> = BTreeSet::new();
        for start in edges.keys() {
            let Some(circle) = circle_through(start, &edges) else {
                continue;
            };
            let mut members = circle.clone();
            members.sort();
            if !told.insert(members) {
                continue;
            }
            let (file, line) = edges[start][circle.get(1).unwrap_or(start)].clone();
            let mut names = circle;
            names.push(start.clone());
            self.guilt.push(Guilt {
                file,
                line,
                message: format!("a circle: {}", names.join(" → ")),
            });
        }
    }

    /// Which module uses which of its siblings, and where it first does. Test code may look at a sibling freely.
    fn sibling_edges(&self) -> Edges {
        let modules: BTreeMap<Vec<String>, &Reading> = self
            .rooms
            .iter()
            .filter(|(source, _)| source.path != "main.rs")
            .map(|(source, reading)| (source.module(), reading))
            .collect();
        let mut edges = Edges::new();
        for (source, reading) in &self.rooms {
            if source.path == "main.rs" {
                continue;
            }
            let from = source.module();
            if is_for_tests(&from, &modules) {
                continue;
            }
            for path_use in reading.uses.iter().filter(|path_use| !path_use.in_test) {
                let Some(to) = defining_module(&from, path_use, &modules) else {
                    continue;
                };
                let shared = from
                    .iter()
                    .zip(&to)
                    .take_while(|(one, other)| one == other)
                    .count();
                if shared == from.len() || shared == to.len() {
                    continue;
                }
                let (one, other) = (from[..=shared].join("::"), to[..=shared].join("::"));
                edges
                    .entry(one)
                    .or_default()
                    .entry(other)
                    .or_insert((source.path.clone(), path_use.line));
            }
        }
        edges
    }
}

/// Is the module, or one it lies in, compiled for tests alone?
fn is_for_tests(module: &[String], modules: &BTreeMap<Vec<String>, &Reading>) -> bool {
    (1..=module.len()).any(|depth| {
        modules
            .get(&module[..depth - 1])
            .is_some_and(|parent| parent.test_children.contains(&module[depth - 1]))
    })
}

/// From a module to the siblings it uses, each with file and line.
type Edges = BTreeMap<String, BTreeMap<String, (String, u32)>>;

/// The deepest module that a path leads into, with re-exports on the way followed to where they come from.
fn defining_module(
    from: &[String],
    path_use: &PathUse,
    modules: &BTreeMap<Vec<String>, &Reading>,
) -> Option<Vec<String>> {
    let mut path: Vec<String> = match path_use.segments.split_first() {
        Some((first, rest)) if first == "crate" => rest.to_vec(),
        // A child of this very module, named without `self`.
        Some((first, _)) if modules.get(from)?.children.contains(first) => {
            from.iter().chain(&path_use.segments).cloned().collect()
        }
        _ => return None,
    };
    // A re-export leads on; more than a few hops would be a circle of re-exports, which does not compile.
    for _ in 0..8 {
        let depth = (0..=path.len())
            .rev()
            .find(|depth| modules.contains_key(&path[..*depth]))?;
        let leads_on = path
            .get(depth)
            .and_then(|name| modules[&path[..depth]].bindings.get(name));
        let Some(target) = leads_on else {
            path.truncate(depth);
            return Some(path);
        };
        let full: Vec<String> = match target.split_first() {
            Some((first, rest)) if first == "crate" => rest.to_vec(),
            Some((first, _)) if modules[&path[..depth]].children.contains(first) => {
                path[..depth].iter().chain(target).cloned().collect()
            }
            _ => return None,
        };
        let rest = path.split_off((depth + 1).min(path.len()));
        path = full.into_iter().chain(rest).collect();
    }
    None
}

/// The shortest way from a module back to itself.
fn circle_through(start: &str, edges: &Edges) -> Option<Vec<String>> {
    let mut ways: Vec<Vec<String>> = vec![vec![start.to_owned()]];
    let mut seen: BTreeSet<String> = BTreeSet::new();
    while !ways.is_empty() {
        let mut next = Vec::new();
        for way in ways {
            for target in way
                .last()
                .and_then(|last| edges.get(last))
                .into_iter()
                .flat_map(BTreeMap::keys)
            {
                if target == start {
                    return Some(way);
                }
                if seen.insert(target.clone()) {
                    next.push(way.iter().cloned().chain([target.clone()]).collect());
                }
            }
        }
        ways = next;
    }
    None
}

fn forbidden_import(room: &str, from: (usize, usize), path_use: &PathUse) -> Option<(u32, String)> {
    let [first, target, ..] = path_use.segments.as_slice() else {
        return None;
    };
    let to = place(target).filter(|_| first == "crate" && target != room)?;
    let (here, there) = (FLOORS[from.0].name, FLOORS[to.0].name);
    let message = if to.0 > from.0 {
        format!(
            "upward: `{room}` ({here}) must not know `crate::{target}` ({there}); pass in what it needs, or move it down"
        )
    } else if to.0 < from.0 || FLOORS[from.0].in_order && to.1 < from.1 {
        return None;
    } else {
        format!(
            "sideways: `{room}` and `crate::{target}` share a floor ({here}) and must not know each other; what both need belongs below"
        )
    };
    Some((path_use.line, message))
}

fn listed(homes: &[&str]) -> String {
    if homes.is_empty() {
        return "no room".to_owned();
    }
    homes
        .iter()
        .map(|home| format!("`{home}`"))
        .collect::<Vec<_>>()
        .join(", ")
}

// ── the house as it stands ──

fn package() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every `.rs` file below a folder of the package, by path.
fn sources(folder: &str) -> std::io::Result<Vec<Source>> {
    fn walk(directory: &Path, below: &str, found: &mut Vec<Source>) -> std::io::Result<()> {
        for entry in std::fs::read_dir(directory)? {
            let entry = entry?;
            let path = format!("{below}{}", entry.file_name().to_string_lossy());
            if entry.file_type()?.is_dir() {
                walk(&entry.path(), &format!("{path}/"), found)?;
            } else if path.ends_with(".rs") {
                let text = std::fs::read_to_string(entry.path())?;
                found.push(Source { path, text });
            }
        }
        Ok(())
    }
    let mut found = Vec::new();
    walk(&package().join(folder), "", &mut found)?;
    found.sort_by(|one, other| one.path.cmp(&other.path));
    Ok(found)
}

/// Files that no `mod` of the module above names, so that the compiler never sees them.
fn unheard_of(sources: &[Source]) -> Vec<&str> {
    let is_root = |source: &Source| ["lib.rs", "main.rs"].contains(&source.path.as_str());
    let mut named: BTreeSet<Vec<String>> = BTreeSet::new();
    for source in sources {
        let module = if is_root(source) {
            Vec::new()
        } else {
            source.module()
        };
        let reading = read(source);
        for child in reading.children.into_iter().chain(reading.test_children) {
            named.insert(module.iter().cloned().chain([child]).collect());
        }
    }
    sources
        .iter()
        .filter(|source| !is_root(source) && !named.contains(&source.module()))
        .map(|source| source.path.as_str())
        .collect()
}

#[test]
fn no_file_is_forgotten_by_the_compiler_neither_of_the_program_nor_of_its_tests() {
    for folder in ["src", "tests/it"] {
        let sources = sources(folder).unwrap();
        assert!(sources.len() > 30, "{folder}: {}", sources.len());
        assert_eq!(unheard_of(&sources), [""; 0], "{folder}: declare them");
    }
}

#[test]
fn the_house_stands() {
    let sources = sources("src").unwrap();
    assert!(
        sources.len() > 30,
        "only {} files were found: is this the package's root?",
        sources.len()
    );
    let owes = |guilt: &Guilt, (file, words): &(&str, &str)| {
        guilt.file == *file && guilt.message.contains(words)
    };
    let guilt = inspect(sources);
    let told: Vec<String> = guilt
        .iter()
        .filter(|one| !OWED.iter().any(|debt| owes(one, debt)))
        .map(Guilt::to_string)
        .collect();
    assert!(
        told.is_empty(),
        "{} rules of the house are broken:\n{}\n",
        told.len(),
        told.join("\n")
    );
    let paid: Vec<_> = OWED
        .iter()
        .filter(|debt| !guilt.iter().any(|one| owes(one, debt)))
        .collect();
    let strict = crate::support::nothing_may_be_skipped();
    if !paid.is_empty() {
        eprintln!("these are paid, take them out of OWED: {paid:?}");
        assert!(!strict, "OWED names debts that are paid: {paid:?}");
    }
}

#[test]
fn lib_rs_declares_the_rooms_floor_by_floor() {
    let text = std::fs::read_to_string(package().join("src/lib.rs")).unwrap();
    let lib = read(&Source {
        path: "lib.rs".to_owned(),
        text,
    });
    let rooms: Vec<&str> = FLOORS
        .iter()
        .flat_map(|floor| floor.rooms)
        .copied()
        .collect();
    let declared: Vec<&str> = lib.children.iter().map(String::as_str).collect();
    assert_eq!(
        declared, rooms,
        "the modules of src/lib.rs stand in the order of FLOORS"
    );
}

#[test]
fn the_map_shows_the_same_floors_as_the_rules() {
    let map = std::fs::read_to_string(package().join("ARCHITECTURE.md")).unwrap();
    let mut shown: Vec<(String, BTreeSet<String>)> = Vec::new();
    for line in map
        .lines()
        .skip_while(|line| !line.starts_with("| floor"))
        .skip(2)
        .take_while(|line| line.starts_with('|'))
    {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let rooms = cells[2]
            .split('`')
            .skip(1)
            .step_by(2)
            .map(str::to_owned)
            .collect();
        shown.push((cells[1].to_owned(), rooms));
    }
    let ruled: Vec<(String, BTreeSet<String>)> = FLOORS
        .iter()
        .map(|floor| {
            (
                floor.name.to_owned(),
                floor.rooms.iter().map(|room| (*room).to_owned()).collect(),
            )
        })
        .collect();
    assert_eq!(
        shown, ruled,
        "the table of floors in ARCHITECTURE.md is FLOORS"
    );
}

mod made_up;
