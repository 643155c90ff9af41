//! Mails and calendars read by other people's parsers, and taken by another server.

use worksample::store::MessageState;

use super::node;
use crate::mail::hostile::{hostile, messages};
use crate::mail::letters::Words;
use crate::mail::{Post, clock, settings};

#[tokio::test(flavor = "multi_thread")]
async fn mails_and_calendars_are_read_by_other_parsers() {
    let (Some(folder), Some(python)) = (node::contract(), node::python()) else {
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    let mut all = hostile();
    all.push(("usual", Words::default()));
    for (what, words) in all {
        for (name, eml) in messages(&words) {
            std::fs::write(dir.path().join(format!("{what}-{name}.eml")), eml).unwrap();
        }
    }
    let script = folder.join("read_mail.py");
    let arguments = [script.to_str().unwrap(), dir.path().to_str().unwrap()];
    let output = node::program(&python, &arguments, &[]).await;
    let said = node::said(&output);
    println!("{said}");
    assert!(output.status.success(), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn another_mail_server_takes_our_messages() {
    use tokio::io::AsyncBufReadExt as _;

    let (Some(folder), Some(python)) = (node::contract(), node::python()) else {
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    let mut server = tokio::process::Command::new(python)
        .arg(folder.join("mail_server.py"))
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = tokio::io::BufReader::new(server.stdout.take().unwrap()).lines();
    let port = lines.next_line().await.unwrap().unwrap();
    let url = format!("smtp://lea:p%40ss@127.0.0.1:{port}");
    let smtp: worksample::mail::Smtp = url.parse().unwrap();
    smtp.check().await.unwrap();
    let wrong: worksample::mail::Smtp = url.replace("p%40ss", "wrong").parse().unwrap();
    assert!(wrong.check().await.is_err());

    let post = Post::start(&settings(dir.path(), None, Some(smtp)), clock(), 7).await;
    post.offer().await;
    post.work_after(chrono::Duration::seconds(1)).await;
    let row = post.message().await;
    assert_eq!(row.state, MessageState::Sent, "{row:?}");
    let taken = lines.next_line().await.unwrap().unwrap();
    assert_eq!(
        taken,
        "work@acme.example toni@example.org Paid work sample offered: A greeting in a file"
    );
}
