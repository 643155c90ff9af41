//! Files for messages that are not sent.

use std::path::Path;

use crate::ids::WorkSampleId;
use crate::store::{MessageRow, MessageState};
use crate::workflow::{Services, WorkflowError};

/// Writes messages that are not sent into the data folder, each once.
pub(super) async fn file(
    services: &Services,
    id: Option<&WorkSampleId>,
) -> Result<(), WorkflowError> {
    for mark in super::in_states(services, id, &[MessageState::NotSent]).await? {
        let Some(row) = super::one(services, &mark).await? else {
            continue;
        };
        if row.filed_at.is_some() || row.eml.is_empty() {
            continue;
        }
        let folder = services.mailer.folder.clone();
        // Names sort by time, and hold nothing that somebody else wrote.
        let name = format!("{}-{}.eml", row.created_at.format("%Y%m%dT%H%M%SZ"), row.id);
        let eml = row.eml.clone();
        let written = tokio::task::spawn_blocking(move || write_file(&folder, &name, &eml)).await;
        match written {
            Ok(Ok(())) => {}
            // The message is in the database and on its page; a full disk must not keep others from being written.
            Ok(Err(error)) => {
                tracing::warn!(mail = %row.id, %error, "could not write a message into the data folder");
                continue;
            }
            Err(error) => return Err(WorkflowError::Unreadable(error.to_string())),
        }
        let now = services.now();
        services
            .store
            .write(move |tx| {
                let Some(present) = tx.message(&row.id)? else {
                    return Ok::<_, WorkflowError>(());
                };
                if present.eml == row.eml {
                    tx.change_message(&MessageRow {
                        filed_at: Some(now),
                        ..present
                    })?;
                }
                Ok(())
            })
            .await?;
    }
    Ok(())
}

/// Written whole before it has its name; only its owner may read it, for it holds a personal link.
fn write_file(folder: &Path, name: &str, bytes: &[u8]) -> std::io::Result<()> {
    use std::io::Write as _;
    std::fs::create_dir_all(folder)?;
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(folder.join(name))
        .map_err(|error| error.error)?;
    Ok(())
}
