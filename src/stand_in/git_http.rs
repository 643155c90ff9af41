//! git over smart HTTP: `git http-backend` as a CGI program. Who pushes is checked before git sees a byte; what a push
//! moved is found by comparing refs, and is queued for the hooks before the client hears that it succeeded.

use std::io;
use std::process::Stdio;

use actix_web::http::header::HeaderMap;
use actix_web::http::{Method, StatusCode};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder, web};
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt as _;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::{Child, ChildStdout, Command};

use super::caller::{Caller, of_request};
use super::front::needs::{TO_CHANGE_WORKFLOWS, are_met, of_git};
use super::front::scope::reach;
use super::pushes;
use super::records::{Permission, RepoId, UserId};
use super::world::World;

const CHUNK: usize = 64 * 1024;
const LONGEST_HEADERS: usize = 16 * 1024;

type Path = web::Path<(String, String, String)>;

/// Answers `info/refs`, `git-upload-pack` and `git-receive-pack`.
pub(super) async fn serve(
    world: web::Data<World>,
    request: HttpRequest,
    path: Path,
    payload: web::Payload,
) -> HttpResponse {
    let (owner, name, service) = path.into_inner();
    let writes =
        service == "git-receive-pack" || request.query_string() == "service=git-receive-pack";
    let Admitted {
        repo,
        user,
        workflows,
    } = match admit(&world, request.headers(), (&owner, &name), writes) {
        Ok(admitted) => admitted,
        Err(refused) => return refused.response(),
    };
    let mut command = cgi(&world, &request, repo, user, &service);
    if !workflows {
        refuse_workflows(&mut command, &world.git.hooks());
    }
    let pushes = service == "git-receive-pack" && request.method() == Method::POST;
    let answered = match (pushes, user) {
        (true, Some(user)) => push(&world, command, payload, (repo, user)).await,
        _ => pass(command, payload).await,
    };
    answered.unwrap_or_else(|error| {
        tracing::error!(%error, repo, "git http-backend failed");
        HttpResponse::InternalServerError().body("the stand-in could not run git http-backend\n")
    })
}

/// Who is let in.
struct Admitted {
    repo: RepoId,
    user: Option<UserId>,
    /// May they push CI workflows, too?
    workflows: bool,
}

/// Lets git look at what is pushed, before it is there.
fn refuse_workflows(command: &mut Command, hooks: &std::path::Path) {
    command
        .env("GIT_CONFIG_COUNT", "1")
        .env("GIT_CONFIG_KEY_0", "core.hooksPath")
        .env("GIT_CONFIG_VALUE_0", hooks);
}

/// Why git gets no answer.
enum NoEntry {
    /// Nobody we know; git then asks for a password.
    WhoIsIt,
    NotFound,
    ReadOnly,
    Denied {
        repo: String,
        login: String,
    },
}

impl NoEntry {
    fn response(&self) -> HttpResponse {
        match self {
            NoEntry::WhoIsIt => HttpResponse::Unauthorized()
                .insert_header(("WWW-Authenticate", "Basic realm=\"GitHub\""))
                .body("Invalid username or token. Password authentication is not supported for Git operations.\n"),
            NoEntry::NotFound => HttpResponse::NotFound().body("Repository not found.\n"),
            NoEntry::ReadOnly => {
                HttpResponse::Forbidden().body("This repository was archived so it is read-only.\n")
            }
            NoEntry::Denied { repo, login } => {
                HttpResponse::Forbidden().body(format!("Permission to {repo}.git denied to {login}.\n"))
            }
        }
    }
}

fn admit(
    world: &World,
    headers: &HeaderMap,
    path: (&str, &str),
    writes: bool,
) -> Result<Admitted, NoEntry> {
    let caller = of_request(world, headers).map_err(|_| NoEntry::WhoIsIt)?;
    let user = caller.user_if_any();
    let name = path.1.strip_suffix(".git").unwrap_or(path.1);
    world.read(|render| {
        let former = format!("{}/{name}", path.0).to_lowercase();
        let repo = render.state.repo_by_name(path.0, name).or_else(|| {
            let id = render.state.former_names.get(&former)?;
            render.state.repos.get(id)
        });
        let mut granted = repo.and_then(|repo| render.state.permission(repo, user));
        let reach = match caller {
            Caller::Installation { .. } => reach(render, headers),
            _ => None,
        };
        if let (Some(reach), Some(repo)) = (&reach, repo) {
            let holds = reach.holds(repo) && are_met(of_git(false), &reach.permissions);
            let pushes = are_met(of_git(true), &reach.permissions);
            granted = granted
                .filter(|_| holds)
                .map(|granted| if pushes { granted } else { Permission::Pull });
        }
        let login = user.and_then(|user| render.state.users.get(&user));
        match (repo, granted, login) {
            (Some(repo), Some(_), _) if !writes => Ok(Admitted {
                repo: repo.id,
                user,
                workflows: true,
            }),
            // GitHub first asks who it is, and only then says that there is nothing.
            (_, _, None) => Err(NoEntry::WhoIsIt),
            (Some(repo), Some(_), Some(_)) if repo.archived => Err(NoEntry::ReadOnly),
            (Some(repo), Some(granted), Some(login)) if granted < Permission::Push => {
                Err(NoEntry::Denied {
                    repo: render.full_name(repo),
                    login: login.login.clone(),
                })
            }
            (Some(repo), Some(_), Some(_)) => Ok(Admitted {
                repo: repo.id,
                user,
                workflows: reach
                    .as_ref()
                    .is_none_or(|reach| are_met(TO_CHANGE_WORKFLOWS, &reach.permissions)),
            }),
            (_, _, Some(_)) => Err(NoEntry::NotFound),
        }
    })
}

fn cgi(
    world: &World,
    request: &HttpRequest,
    repo: RepoId,
    user: Option<UserId>,
    service: &str,
) -> Command {
    let login = world.read(|render| {
        user.and_then(|user| render.state.users.get(&user))
            .map(|user| user.login.clone())
    });
    let header = |name: &str| {
        request
            .headers()
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
            .to_owned()
    };
    let mut command = world.git.command(repo);
    command
        .env_remove("GIT_DIR")
        .arg("http-backend")
        .env("GIT_PROJECT_ROOT", world.git.root())
        .env("PATH_INFO", format!("/{repo}.git/{service}"))
        .env("GIT_HTTP_EXPORT_ALL", "1")
        .env("GIT_HTTP_MAX_REQUEST_BUFFER", "200M")
        .env("REQUEST_METHOD", request.method().as_str())
        .env("QUERY_STRING", request.query_string())
        .env("CONTENT_TYPE", header("content-type"))
        .env("HTTP_CONTENT_ENCODING", header("content-encoding"))
        .env("GIT_PROTOCOL", header("git-protocol"))
        .env("REMOTE_ADDR", "127.0.0.1");
    let length = header("content-length");
    if !length.is_empty() {
        command.env("CONTENT_LENGTH", length);
    }
    if let Some(login) = login {
        command.env("REMOTE_USER", login);
    }
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    command
}

/// Starts the program and feeds it the request's body while it already answers.
fn start(mut command: Command, mut payload: web::Payload) -> io::Result<(Child, ChildStdout)> {
    let mut child = command.spawn()?;
    let stdin = child.stdin.take();
    let stdout = child.stdout.take();
    if let Some(mut stdin) = stdin {
        actix_web::rt::spawn(async move {
            // A body cut short, or a program that stopped reading, shows in the program's own end.
            while let Some(Ok(chunk)) = payload.next().await {
                if stdin.write_all(&chunk).await.is_err() {
                    return;
                }
            }
        });
    }
    let stdout = stdout.ok_or_else(|| io::Error::other("no output"))?;
    Ok((child, stdout))
}

/// Passes the program's answer on while it comes.
async fn pass(command: Command, payload: web::Payload) -> io::Result<HttpResponse> {
    let (child, mut stdout) = start(command, payload)?;
    let (mut response, first) = read_headers(&mut stdout).await?;
    let rest = futures_util::stream::unfold((child, stdout), |(child, mut stdout)| async move {
        let mut chunk = BytesMut::with_capacity(CHUNK);
        match stdout.read_buf(&mut chunk).await {
            Ok(0) => None,
            Ok(_) => Some((Ok(chunk.freeze()), (child, stdout))),
            Err(error) => Some((Err(error), (child, stdout))),
        }
    });
    let first =
        futures_util::stream::iter((!first.is_empty()).then_some(Ok::<Bytes, io::Error>(first)));
    Ok(response.streaming(first.chain(rest)))
}

/// Runs a push to its end, tells the hooks what it moved, and only then answers.
async fn push(
    world: &World,
    command: Command,
    payload: web::Payload,
    (repo, user): (RepoId, UserId),
) -> io::Result<HttpResponse> {
    let lock = world.ref_lock(repo);
    let held = lock.lock().await;
    pushes::begin(world, repo, user)?;
    let (mut child, mut stdout) = start(command, payload)?;
    let headers = read_headers(&mut stdout).await;
    let mut body = Vec::new();
    let read = stdout.read_to_end(&mut body).await;
    child.wait().await?;
    // Also after a failure: what was moved was moved.
    pushes::tell(world, repo, user).await?;
    drop(held);
    let (mut response, first) = headers?;
    read?;
    Ok(response.body([first.as_ref(), &body].concat()))
}

/// Reads the CGI headers; returns what was read of the body with them.
async fn read_headers(stdout: &mut ChildStdout) -> io::Result<(HttpResponseBuilder, Bytes)> {
    let mut read = BytesMut::with_capacity(CHUNK);
    let end = loop {
        if let Some(at) = read.windows(4).position(|window| window == b"\r\n\r\n") {
            break at;
        }
        if read.len() > LONGEST_HEADERS || stdout.read_buf(&mut read).await? == 0 {
            return Err(io::Error::other("git http-backend gave no answer"));
        }
    };
    let head = read.split_to(end + 4);
    let mut response = HttpResponseBuilder::new(StatusCode::OK);
    for line in String::from_utf8_lossy(&head).lines() {
        let Some((name, value)) = line.split_once(": ") else {
            continue;
        };
        if name.eq_ignore_ascii_case("status") {
            let code = value.split(' ').next().and_then(|code| code.parse().ok());
            let status = code.and_then(|code| StatusCode::from_u16(code).ok());
            response.status(status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR));
        } else {
            response.insert_header((name, value));
        }
    }
    Ok((response, read.freeze()))
}
