//! What can go wrong while the stand-in starts. Errors of single requests are a [`super::refusal::Refusal`].

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

#[derive(Debug, thiserror::Error)]
pub enum StandInError {
    #[error(
        "cannot use the stand-in's data folder `{path}`: {source}; give a folder this user may write to"
    )]
    Folder { path: PathBuf, source: io::Error },

    #[error(
        "the data folder `{path}` is in use by another stand-in; stop that one or give another folder"
    )]
    InUse { path: PathBuf },

    #[error(
        "line {line} of the stand-in's journal `{path}` cannot be read: {reason}; restore the file or start with an empty folder"
    )]
    Journal {
        path: PathBuf,
        line: usize,
        reason: String,
    },

    #[error("cannot listen on {address}: {source}; is another program using this port?")]
    Listen {
        address: SocketAddr,
        source: io::Error,
    },

    #[error(
        "cannot run git: {reason}; the stand-in needs git 2.38 or newer with `git http-backend`"
    )]
    Git { reason: String },

    #[error(
        "`{login}` is not a login the stand-in can use: letters, digits and single hyphens, at most 39"
    )]
    Login { login: String },

    #[error("the login `{login}` belongs to an organisation or is otherwise taken")]
    LoginTaken { login: String },

    #[error("the plan of faults cannot be followed: {reason}")]
    Faults { reason: String },

    #[error("the App `{app}` is private: only its owner can install it, unless it is made public")]
    PrivateApp { app: String },

    #[error("the stand-in plays at least one organisation: name it with `--org`")]
    NoOrganisation,

    #[error("there is no {what} on the stand-in")]
    Unknown { what: String },

    #[error("the stand-in cannot keep its state: {reason}")]
    State { reason: String },

    #[error("cannot build the client that sends webhooks: {reason}")]
    Client { reason: String },
}
